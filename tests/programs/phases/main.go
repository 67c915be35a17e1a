// Phases lets go of maps in every way there is, and measures by itself when their memory becomes reusable: the
// runtime's own count of large objects (runtime/metrics), beside the number of collections. It says what it did, and
// when by CLOCK_MONOTONIC, in one JSON line a step; before and after each step it waits to be told to go on.
//
//	phases SAY HEAR [STEP...]    names of two FIFOs, and the steps to take (all of them if none is named)
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"unsafe"
)

const entries = 60_000

type table map[int64][40]byte

var (
	m       table // the map that is watched
	second  table // another reference to it
	say     *os.File
	hear    *bufio.Reader
	garbage [1 << 10]*[64]byte
	blocks  [][]byte
)

// A nest holds a map that no variable holds: it hangs on another map.
type nest struct {
	name  string
	inner table
}

var nests = map[string]*nest{}

//go:noinline
func build(name string) {
	n := &nest{name: name, inner: make(table)}
	for i := 0; i < entries; i++ {
		n.inner[int64(i)] = [40]byte{byte(i)}
	}
	nests[name] = n
}

// local fills a map that never leaves this function, and lets go of it by not using it any more.
//
//go:noinline
func local(r *record, base int64) {
	small := make(map[int32][40]byte)
	for i := 0; i < entries; i++ {
		small[int32(i)] = [40]byte{byte(i)}
	}
	runtime.GC()
	after, _ := heap()
	r.Large = after - base
	settle(fmt.Sprintf("find %d", entries))
	r.act(func() {})
	r.Entries = len(small)
	r.Act[1] = clock()
	settle("done")
	r.await(base, 3, runtime.GC)
}

// record is what a step says of itself. Times are nanoseconds; a pair encloses what happened.
type record struct {
	Step     string   `json:"step"`
	Act      [2]int64 `json:"act"`      // the last reference, delete or clear
	ActGC    [2]int64 `json:"act_gc"`   // cycles complete before and after it
	Freed    [2]int64 `json:"freed"`    // its large objects were still all there; they were all gone
	SeenGC   int64    `json:"seen_gc"`  // cycles complete when they were last seen
	FreedGC  int64    `json:"freed_gc"` // cycles complete when they were gone, -1: they never went
	Returned [2]int64 `json:"returned"` // around FreeOSMemory, zero without
	Free     int64    `json:"free"`     // free bytes that the heap kept from the OS after that
	Large    int64    `json:"large"`    // large objects of the map
	Entries  int      `json:"entries"`
	Addr     uint64   `json:"addr"` // of the map's header
}

func clock() int64 {
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

var (
	samples = []metrics.Sample{
		{Name: "/gc/heap/allocs-by-size:bytes"}, {Name: "/gc/heap/frees-by-size:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"},
	}
	largest = 32768.0
)

// heap returns the number of large objects that are not swept away, and of complete cycles.
func heap() (int64, int64) {
	metrics.Read(samples)
	return large(0) - large(1), int64(samples[2].Value.Uint64())
}

func large(which int) int64 {
	found := samples[which].Value.Float64Histogram()
	count := int64(0)
	for i, n := range found.Counts {
		if found.Buckets[i] >= largest {
			count += int64(n)
		}
	}
	return count
}

func free() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

func cycles() int64 {
	_, n := heap()
	return n
}

// settle tells that a step is over and waits to be told to go on: after "find N" not before a map of N entries is
// watched.
func settle(what string) {
	fmt.Fprintln(say, what)
	if _, err := hear.ReadString('\n'); err != nil {
		os.Exit(3)
	}
}

func fill(n int) {
	for i := 0; i < n; i++ {
		m[int64(i)] = [40]byte{byte(i)}
	}
}

func fresh(n int) int64 {
	m = nil
	runtime.GC()
	before, _ := heap()
	m = make(table)
	fill(n)
	runtime.GC() // what it outgrew is gone
	after, _ := heap()
	return after - before
}

func (r *record) act(do func()) {
	r.Entries, r.Addr = len(m), uint64(*(*uintptr)(unsafe.Pointer(&m)))
	r.ActGC[0] = cycles()
	r.Act[0] = clock()
	do()
	r.Act[1] = clock()
	r.ActGC[1] = cycles()
}

// await runs collect until the map's large objects are gone, at most so many times.
func (r *record) await(base int64, times int, collect func()) {
	r.FreedGC, r.SeenGC = -1, cycles()
	r.Freed[0] = clock()
	for i := 0; i < times; i++ {
		collect()
		looked := clock()
		left, n := heap()
		if left <= base {
			r.FreedGC = n
			r.Freed[1] = clock()
			return
		}
		r.SeenGC, r.Freed[0] = n, looked
	}
}

func (r *record) tell() {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	settle(string(line))
}

// kept is a step after which the map still has all its memory.
func kept(step string, prepare int, do func()) {
	r := &record{Step: step, Large: fresh(prepare)}
	settle("ready")
	left, _ := heap()
	r.act(do)
	settle("done")
	r.await(left-1, 1, runtime.GC)
	r.tell()
}

// gone is a step that lets the map go.
func gone(step string, do func(), wait bool, times int, collect func()) {
	r := &record{Step: step, Large: fresh(entries)}
	settle("ready")
	left, _ := heap()
	r.act(do)
	if wait {
		settle("done")
	}
	r.await(left-r.Large, times, collect)
	r.tell()
}

func litter() {
	for i := range garbage {
		garbage[i] = new([64]byte)
	}
}

var steps = map[string]func(){
	"grown": func() {
		m = make(table)
		settle("ready")
		r := &record{Step: "grown"}
		r.act(func() { fill(entries) })
		after, _ := heap()
		settle("done")
		runtime.GC()
		kept, _ := heap()
		r.Large, r.FreedGC = after-kept, cycles()
		r.Entries = len(m)
		r.tell()
	},
	"most": func() {
		kept("most", entries, func() {
			for i := 0; i < entries; i++ {
				if i%20 != 0 {
					delete(m, int64(i))
				}
			}
		})
	},
	"all": func() {
		kept("all", entries, func() {
			for i := 0; i < entries; i++ {
				delete(m, int64(i))
			}
		})
	},
	"clear":   func() { kept("clear", entries, func() { clear(m) }) },
	"replace": func() { gone("replace", func() { m = make(table) }, true, 3, runtime.GC) },
	"drop":    func() { gone("drop", func() { m = nil }, true, 3, runtime.GC) },
	"hasty":   func() { gone("hasty", func() { m = nil }, false, 3, runtime.GC) },
	"natural": func() {
		gone("natural", func() { m = nil }, true, 1<<20, func() {
			debug.SetGCPercent(100)
			litter()
			debug.SetGCPercent(-1)
		})
	},
	"nested": func() {
		runtime.GC()
		before, _ := heap()
		build("it")
		runtime.GC()
		after, _ := heap()
		r := &record{Step: "nested", Large: after - before}
		settle(fmt.Sprintf("find %d", entries))
		r.act(func() { delete(nests, "it") })
		settle("done")
		r.await(before, 3, runtime.GC)
		r.tell()
	},
	"local": func() {
		runtime.GC()
		before, _ := heap()
		r := &record{Step: "local"}
		local(r, before)
		r.tell()
	},
	"second": func() {
		r := &record{Step: "second", Large: fresh(entries)}
		second = m
		settle("ready")
		left, _ := heap()
		m = nil
		runtime.GC()
		settle("still")
		r.Addr = uint64(*(*uintptr)(unsafe.Pointer(&second)))
		r.Entries = len(second)
		r.ActGC[0], r.Act[0] = cycles(), clock()
		second = nil
		r.Act[1], r.ActGC[1] = clock(), cycles()
		settle("done")
		r.await(left-r.Large, 3, runtime.GC)
		r.tell()
	},
	"reuse": func() {
		r := &record{Step: "reuse", Large: fresh(entries)}
		settle("ready")
		left, _ := heap()
		r.act(func() { m = nil })
		settle("done")
		r.await(left-r.Large, 3, runtime.GC)
		settle("freed")
		r.Returned[0] = clock()
		for i := 0; i < 400; i++ {
			blocks = append(blocks, make([]byte, 48<<10))
		}
		r.Returned[1] = clock()
		settle("look well")
		r.tell()
		blocks = nil
	},
	"return": func() {
		r := &record{Step: "return", Large: fresh(entries)}
		settle("ready")
		left, _ := heap()
		r.act(func() { m = nil })
		settle("done")
		r.await(left-r.Large, 3, runtime.GC)
		settle("freed")
		r.Returned[0] = clock()
		debug.FreeOSMemory()
		r.Returned[1] = clock()
		r.Free = free()
		settle("look well")
		r.tell()
	},
}

var order = []string{
	"grown", "most", "all", "clear", "replace", "drop", "hasty", "natural", "second", "reuse", "return",
}

func main() {
	debug.SetGCPercent(-1)
	var err error
	if say, err = os.OpenFile(os.Args[1], os.O_WRONLY, 0); err != nil {
		panic(err)
	}
	back, err := os.OpenFile(os.Args[2], os.O_RDONLY, 0)
	if err != nil {
		panic(err)
	}
	hear = bufio.NewReader(back)
	chosen := os.Args[3:]
	if len(chosen) == 0 {
		chosen = order
	}
	for _, step := range chosen {
		steps[step]()
	}
}
