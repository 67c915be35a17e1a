// Program counters tells its own memory statistics and then stands still, so that what is read of it from outside can
// be compared to the byte.
//
// Started with the argument fresh it has had no collection yet. It prints its pid, then obeys one-letter commands on standard input, one a line, and answers each with one line.
// Answering allocates nothing:
//
//	s  runtime.ReadMemStats, every scalar of runtime/metrics and runtime.NumGoroutine, as JSON
//	a  allocate objects of many sizes, some of them tiny, and keep them
//	d  drop what was kept
//	g  runtime.GC()                       f  debug.FreeOSMemory()
//	l  set a memory limit of 64 MiB       u  lift it
//	o  switch GOGC off                    p  set GOGC to 50
//	n  start 100 goroutines that wait     e  end them
//	b  start 4 goroutines that allocate   q  stop them; waits until they have
//	x  become the same program anew (exec)
package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type number struct {
	label []byte
	at    *uint64
}

var (
	stats   runtime.MemStats
	fields  []number
	samples []metrics.Sample
	labels  [][]byte
	out     = make([]byte, 0, 1<<16)
	kept    [][]byte
	strs    []*uint8
	waiting chan struct{}
	stop    atomic.Bool
	busy    sync.WaitGroup
)

func main() {
	hire()
	list()
	answer(true) // the first answer makes what later ones reuse
	if len(os.Args) < 2 || os.Args[1] != "fresh" {
		churn()
	}
	out = append(out[:0], `{"pid":`...)
	out = appendUint(out, uint64(os.Getpid()))
	say(append(out, '}'))
	line := make([]byte, 1)
	for {
		if n, _, _ := syscall.Syscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&line[0])), 1); n != 1 {
			return
		}
		if line[0] != '\n' {
			obey(line[0])
		}
	}
}

func obey(command byte) {
	switch command {
	case 's':
		answer(false)
		return
	case 'a':
		keep()
	case 'd':
		kept, strs = nil, nil
	case 'g':
		runtime.GC()
	case 'f':
		debug.FreeOSMemory()
	case 'l':
		debug.SetMemoryLimit(64 << 20)
	case 'u':
		debug.SetMemoryLimit(math.MaxInt64)
	case 'o':
		debug.SetGCPercent(-1)
	case 'p':
		debug.SetGCPercent(50)
	case 'n':
		waiting = make(chan struct{})
		for i := 0; i < 100; i++ {
			go func(until chan struct{}) { <-until }(waiting)
		}
	case 'e':
		close(waiting)
	case 'b':
		bustle()
	case 'q':
		stop.Store(true)
		busy.Wait()
	case 'x':
		if err := syscall.Exec("/proc/self/exe", os.Args, os.Environ()); err != nil {
			panic(err)
		}
	}
	say(append(out[:0], `{}`...))
}

// hire makes more threads than will ever be needed at once, and leaves them idle. The runtime's records of a thread lie
// on the heap (allocm), and when it starts one depends on what else the machine does: later it finds these. So do the
// Ps' lists of timers, which the scavenger may be the first to use: each of these goroutines sleeps once where it runs.
func hire() {
	var hired, dismissed sync.WaitGroup
	end := make(chan struct{})
	for i := 0; i < runtime.GOMAXPROCS(0)+8; i++ {
		hired.Add(1)
		dismissed.Add(1)
		go func() {
			defer dismissed.Done()
			runtime.LockOSThread() // as long as it is, the thread runs nothing else: no two of these share one
			hired.Done()
			<-end
			time.Sleep(time.Millisecond)
			runtime.UnlockOSThread()
		}()
	}
	hired.Wait()
	close(end)
	dismissed.Wait()
}

// churn makes a history: a heap that grew and shrank, collections by themselves and forced ones.
func churn() {
	for i := 0; i < 40; i++ {
		keep()
		if i%10 == 9 {
			kept, strs = kept[:len(kept)/3], nil
			runtime.GC()
		}
	}
	kept = kept[:len(kept)/2]
	debug.FreeOSMemory()
}

func keep() {
	for size := 1; size < 60000; size += 1 + size/3 {
		kept = append(kept, make([]byte, size))
		strs = append(strs, new(uint8))
	}
	kept = append(kept, make([]byte, 300<<10))
}

func bustle() {
	stop.Store(false)
	for i := 0; i < 4; i++ {
		busy.Add(1)
		go func() {
			defer busy.Done()
			var mine [64][]byte
			for n := 0; !stop.Load(); n++ {
				mine[n%64] = make([]byte, 1+(n*7919)%20000)
			}
			runtime.KeepAlive(mine)
		}()
	}
}

func list() {
	add := func(name string, at *uint64) {
		fields = append(fields, number{[]byte(`,"` + name + `":`), at})
	}
	s := &stats
	for name, at := range map[string]*uint64{
		"Alloc": &s.Alloc, "TotalAlloc": &s.TotalAlloc, "Sys": &s.Sys, "Mallocs": &s.Mallocs, "Frees": &s.Frees,
		"HeapAlloc": &s.HeapAlloc, "HeapSys": &s.HeapSys, "HeapIdle": &s.HeapIdle, "HeapInuse": &s.HeapInuse,
		"HeapReleased": &s.HeapReleased, "HeapObjects": &s.HeapObjects, "StackInuse": &s.StackInuse,
		"StackSys": &s.StackSys, "MSpanInuse": &s.MSpanInuse, "MSpanSys": &s.MSpanSys, "MCacheInuse": &s.MCacheInuse,
		"MCacheSys": &s.MCacheSys, "BuckHashSys": &s.BuckHashSys, "GCSys": &s.GCSys, "OtherSys": &s.OtherSys,
		"NextGC": &s.NextGC, "LastGC": &s.LastGC, "PauseTotalNs": &s.PauseTotalNs,
	} {
		add(name, at)
	}
	for _, d := range metrics.All() {
		if d.Kind != metrics.KindUint64 && d.Kind != metrics.KindFloat64 || strings.HasPrefix(d.Name, "/godebug/") {
			continue
		}
		samples = append(samples, metrics.Sample{Name: d.Name})
		labels = append(labels, []byte(`,"`+d.Name+`":`))
	}
}

func answer(quiet bool) {
	runtime.ReadMemStats(&stats)
	metrics.Read(samples)
	b := append(out[:0], `{"NumGC":`...)
	b = appendUint(b, uint64(stats.NumGC))
	b = append(b, `,"NumForcedGC":`...)
	b = appendUint(b, uint64(stats.NumForcedGC))
	b = append(b, `,"GCCPUFraction":`...)
	b = appendUint(b, math.Float64bits(stats.GCCPUFraction))
	b = append(b, `,"NumGoroutine":`...)
	b = appendUint(b, uint64(runtime.NumGoroutine()))
	for _, f := range fields {
		b = append(b, f.label...)
		b = appendUint(b, *f.at)
	}
	for i := range samples {
		b = append(b, labels[i]...)
		if samples[i].Value.Kind() == metrics.KindFloat64 {
			b = appendUint(b, uint64(math.Round(samples[i].Value.Float64()*1e9)))
		} else {
			b = appendUint(b, samples[i].Value.Uint64())
		}
	}
	b = append(b, `,"PauseNs":`...)
	b = appendAll(b, stats.PauseNs[:])
	b = append(b, `,"PauseEnd":`...)
	b = appendAll(b, stats.PauseEnd[:])
	if !quiet {
		say(append(b, '}'))
	}
}

func appendAll(b []byte, values []uint64) []byte {
	for i, v := range values {
		if i == 0 {
			b = append(b, '[')
		} else {
			b = append(b, ',')
		}
		b = appendUint(b, v)
	}
	return append(b, ']')
}

func appendUint(b []byte, v uint64) []byte {
	var digits [20]byte
	at := len(digits)
	for {
		at--
		digits[at] = byte('0' + v%10)
		v /= 10
		if v == 0 {
			return append(b, digits[at:]...)
		}
	}
}

func say(b []byte) {
	b = append(b, '\n')
	for len(b) > 0 {
		n, _, _ := syscall.Syscall(syscall.SYS_WRITE, 1, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		b = b[n:]
	}
}
