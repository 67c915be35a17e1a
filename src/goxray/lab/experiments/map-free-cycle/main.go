// In which GC cycle the memory of a dropped map comes back: bytes and objects after each cycle, and what the GC log says.
package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

var (
	kept    map[int]int
	garbage []byte
	pool    sync.Pool
)

// garbageBytes is the size of what byItself allocates to make the runtime collect: a size class of its own.
const garbageBytes = 4096

// bytesOf returns the bytes of all objects but those of the garbage's size: what was allocated while a cycle marked is
// not freed by it.
func bytesOf(stats runtime.MemStats) float64 {
	for _, class := range stats.BySize {
		if class.Size == garbageBytes {
			return float64(stats.HeapAlloc) - garbageBytes*(float64(class.Mallocs)-float64(class.Frees))
		}
	}
	return float64(stats.HeapAlloc)
}

// shares prints which part of the map's memory was gone after so many cycles since it was dropped.
func shares(where string, cycle int, base, with, now runtime.MemStats) {
	gone := bytesOf(with) - bytesOf(now)
	emit(where, fmt.Sprintf("freed_after_%d", cycle), gone/(bytesOf(with)-bytesOf(base)), "1")
}

func fill(hint, entries int) map[int]int {
	m := make(map[int]int, hint)
	for i := 0; i < entries; i++ {
		m[i] = i * 2
	}
	return m
}

// held lets a package variable hold a map, and returns the runtime's figures from before and with it.
func held() (base, with runtime.MemStats) {
	heapLive()
	base = memStats()
	kept = fill(0, 60000)
	heapLive()
	return base, memStats()
}

// asked drops a map that a package variable held, and collects with runtime.GC.
func asked() {
	where := "runtime.GC, held by a variable"
	base, with := held()
	kept = nil
	for cycle := 1; cycle <= 2; cycle++ {
		runtime.GC()
		shares(where, cycle, base, with, memStats())
	}
}

// asPrinted is the program as it is usually shown: a local variable, set to nil, two calls of runtime.GC.
//
//go:noinline
func asPrinted() {
	where := "runtime.GC, local set to nil"
	heapLive()
	base := memStats()
	m := fill(1024, 5000)
	runtime.GC()
	with := memStats()
	runtime.KeepAlive(m)
	m = nil
	for cycle := 1; cycle <= 2; cycle++ {
		runtime.GC()
		shares(where, cycle, base, with, memStats())
	}
	runtime.KeepAlive(m)
}

// pooled puts a map into a sync.Pool, which is known to keep what it holds over one cycle: what a delay of two cycles
// looks like to this program.
func pooled() {
	where := "in a sync.Pool"
	base, with := held()
	pool.Put(kept)
	kept = nil
	for cycle := 1; cycle <= 2; cycle++ {
		runtime.GC()
		gone := bytesOf(with) - bytesOf(memStats())
		emit(where, fmt.Sprintf("pool_freed_after_%d", cycle), gone/(bytesOf(with)-bytesOf(base)), "1")
	}
}

// byItself drops a map and allocates until the runtime has started and ended one cycle of its own; what is swept in
// the background is waited for, until nothing changes any more.
func byItself() {
	where := "the runtime's own cycle"
	base, with := held()
	kept = nil
	for memStats().NumGC == with.NumGC {
		for i := 0; i < 64; i++ {
			garbage = make([]byte, garbageBytes)
		}
	}
	garbage = nil
	last, same := memStats(), 0
	for tries := 0; same < 20 && tries < 2000; tries++ {
		time.Sleep(time.Millisecond)
		now := memStats()
		if now.HeapAlloc != last.HeapAlloc {
			same = 0
		}
		same++
		last = now
	}
	emit(where, "cycles", float64(last.NumGC-with.NumGC), "1")
	shares(where, 1, base, with, last)
	runtime.GC()
	shares(where, 2, base, with, memStats())
}

var liveMB = regexp.MustCompile(`(?m)^gc \d+ @.*?(\d+)->(\d+)->(\d+) MB`)

// log runs this program again with GODEBUG=gctrace=1 and reads the three heap sizes of each line: at the start of the
// cycle, at its end, and what was marked live.
func log() {
	_, written, err := runAgain("GODEBUG=gctrace=1", "MAP_FREE_CHILD=1")
	if err != nil {
		panic(err)
	}
	lines := liveMB.FindAllStringSubmatch(written, -1)
	if len(lines) < 3 {
		fmt.Fprintf(os.Stderr, "fewer than three lines:\n%s", written)
		os.Exit(1)
	}
	lines = lines[len(lines)-3:]
	number := func(line, group int) float64 {
		value, _ := strconv.ParseFloat(lines[line][group], 64)
		return value
	}
	emit("gctrace", "live_with_map", number(0, 3)*(1<<20), "bytes")
	for cycle := 1; cycle <= 2; cycle++ {
		emit("gctrace", fmt.Sprintf("log_start_share_%d", cycle), number(cycle, 1)/number(0, 3), "1")
		emit("gctrace", fmt.Sprintf("log_live_share_%d", cycle), number(cycle, 3)/number(0, 3), "1")
	}
}

// child is what log looks at: one cycle with the map, then two without.
func child() {
	debug.SetGCPercent(-1)
	kept = make(map[int]int, 1<<20)
	runtime.GC()
	kept = nil
	runtime.GC()
	runtime.GC()
	memStats() // waits until the line is written
}

func measure() {
	asked()
	asPrinted()
	byItself()
	pooled()
	log()
}

func main() {
	if os.Getenv("MAP_FREE_CHILD") != "" {
		child()
		return
	}
	lab(map[string]func(){"main": measure})
}
