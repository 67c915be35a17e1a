// How long an event that the kernel records takes to reach a Go program, and how long the program takes to handle it.
// The events are page faults of one thread, which the kernel writes with their time into a ring that is shared with the
// program: the same perf ring that carries the events of a kernel probe. No privilege is needed.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Numbers of linux/perf_event.h.
const (
	typeSoftware   = 1
	minorFaults    = 5
	sampleTime     = 1 << 2
	excludeKernel  = 1 << 5
	excludeHV      = 1 << 6
	useClock       = 1 << 25
	clockMonotonic = 1
	recordSample   = 9
	headAt         = 1024 // data_head in the ring's first page
	dataPages      = 8
)

// attributes is struct perf_event_attr up to clockid, with what lies between left empty.
type attributes struct {
	kind, size     uint32
	config         uint64
	period         uint64
	sampleType     uint64
	readFormat     uint64
	flags          uint64
	wakeupEvents   uint32
	breakpointType uint32
	_              [2]uint64
	_              uint64 // branch_sample_type
	_              uint64 // sample_regs_user
	_              uint32 // sample_stack_user
	clock          int32
	_              uint64 // sample_regs_intr
	_              uint32 // aux_watermark
	_              uint16 // sample_max_stack
	_              uint16
}

// open starts to record the page faults of the thread that calls it, each with its time.
func open() (file int, ring []byte, err error) {
	a := attributes{kind: typeSoftware, config: minorFaults, period: 1, sampleType: sampleTime, flags: excludeKernel | excludeHV | useClock, wakeupEvents: 1, clock: clockMonotonic}
	a.size = uint32(unsafe.Sizeof(a))
	none := ^uintptr(0)
	got, _, number := syscall.Syscall6(syscall.SYS_PERF_EVENT_OPEN, uintptr(unsafe.Pointer(&a)), 0, none, none, 8, 0)
	if number != 0 {
		return 0, nil, fmt.Errorf("perf_event_open: %w", number)
	}
	ring, err = syscall.Mmap(int(got), 0, (1+dataPages)*os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		syscall.Close(int(got))
		return 0, nil, fmt.Errorf("mmap of the ring: %w", err)
	}
	return int(got), ring, nil
}

// now returns the time of the clock that stamps the events.
func now() int64 {
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

// sleep waits until the kernel says that there is something in the ring, for a tenth of a second at most.
func sleep(file int) {
	type pollFile struct {
		file            int32
		events, revents int16
	}
	p := pollFile{file: int32(file), events: 1}
	limit := syscall.NsecToTimespec(int64(100 * time.Millisecond))
	syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
}

// events makes n page faults, one each 200 us, and returns how long each took to be seen.
func events(n int, woken bool) ([]float64, error) {
	page := os.Getpagesize()
	opened := make(chan error)
	var file int
	var ring []byte
	var stop atomic.Bool
	begin := make(chan struct{})
	var faulting sync.WaitGroup
	faulting.Add(1)
	go func() {
		defer faulting.Done()
		runtime.LockOSThread()
		fresh, err := syscall.Mmap(-1, 0, n*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err == nil {
			file, ring, err = open()
		}
		opened <- err
		if err != nil {
			return
		}
		<-begin
		for i := 0; i < n; i++ {
			time.Sleep(200 * time.Microsecond)
			fresh[i*page] = 1
		}
		time.Sleep(5 * time.Millisecond)
		stop.Store(true)
		syscall.Munmap(fresh)
	}()
	if err := <-opened; err != nil {
		return nil, err
	}
	head := (*uint64)(unsafe.Pointer(&ring[headAt]))
	tail := (*uint64)(unsafe.Pointer(&ring[headAt+8]))
	data := ring[page:]
	at := uint64(0)
	u64 := func(from uint64) uint64 {
		var b [8]byte
		for i := range b {
			b[i] = data[(from+uint64(i))%uint64(len(data))]
		}
		return binary.LittleEndian.Uint64(b[:])
	}
	var took []float64
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	close(begin)
	for !stop.Load() {
		end := atomic.LoadUint64(head)
		if end == at {
			if woken {
				sleep(file)
			}
			continue
		}
		seen := now()
		for at < end {
			header := u64(at)
			if uint32(header) == recordSample {
				took = append(took, float64(seen-int64(u64(at+8))))
			}
			at += header >> 48
		}
		atomic.StoreUint64(tail, at)
	}
	faulting.Wait()
	syscall.Munmap(ring)
	syscall.Close(file)
	return took, nil
}

func median(of []float64) float64 {
	sort.Float64s(of)
	return of[len(of)/2]
}

func delivery() {
	for _, each := range []struct {
		where string
		woken bool
	}{{"the reader sleeps until it is woken", true}, {"the reader looks without rest", false}} {
		const n = 80
		took, err := events(n, each.woken)
		if err != nil {
			fmt.Fprintln(os.Stderr, "no events here:", err)
			truth("", "available", false)
			return
		}
		emit(each.where, "events", float64(len(took)), "1")
		if len(took) > 0 {
			emit(each.where, "delivered", median(took), "ns")
		}
	}
	truth("", "available", true)
}

// connectEvent is what a probe on connections would write.
type connectEvent struct {
	Source, Target         [16]byte
	SourcePort, TargetPort uint16
	Retransmits            uint32
	At                     uint64
}

type labels struct{ source, target string }

// handling takes one event apart with encoding/binary, counts it under its labels and compares a threshold, as the
// article's reader does.
func handling() {
	var encoded bytes.Buffer
	binary.Write(&encoded, binary.LittleEndian, connectEvent{SourcePort: 4711, TargetPort: 443, Retransmits: 1})
	counts := map[labels]*atomic.Int64{}
	var mu sync.Mutex
	alarms := 0
	emit("", "handled", nsPerOp(func(rounds int) {
		for i := 0; i < rounds; i++ {
			var event connectEvent
			if err := binary.Read(bytes.NewReader(encoded.Bytes()), binary.LittleEndian, &event); err != nil {
				panic(err)
			}
			key := labels{fmt.Sprint(event.Source[12:]), fmt.Sprint(event.Target[12:])}
			mu.Lock()
			count := counts[key]
			if count == nil {
				count = new(atomic.Int64)
				counts[key] = count
			}
			mu.Unlock()
			count.Add(1)
			if event.Retransmits > 3 {
				alarms++
			}
		}
	}), "ns")
	if alarms > 0 {
		panic("no event has so many")
	}
}

func main() { lab(map[string]func(){"delivery": delivery, "handling": handling}) }
