// Command mapgrid lives through the lives of maps and says what each cost, for as many types, sizes and steps as asked.
//
// It first prints one line of JSON, {"kind":..., "columns":[...], "units":{SHAPE:[size, pointer bytes]}}. Then it answers each line of its input with one line:
//
//	SHAPE HINT MAPS STEP...
//
// makes MAPS maps of a shape, each with its own random seed, with make(map[K]V) where HINT is -1 and make(map[K]V, HINT)
// elsewhere, and does the steps with each of them: iN inserts N new keys, dN deletes N of its keys in an order that
// steps.go says, kM deletes all keys whose number is no multiple of M, c clears it. The answer is
// {"rows":[...]}: for each map and step one list of figures as the columns name them. Their bytes come from the
// runtime's own findObject, what they cost from its own statistics; the collector does not run meanwhile.
// STEP may end in p: the figure peak_bytes then says the most that the map held, otherwise it is 0 (p is slow: the
// statistics are read at each operation). STEP may end in g: the figure heap_alloc then says by how much the heap has
// grown since before the map was made, garbage collected, as runtime.MemStats counts; otherwise it is 0.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
)

// keepUnder is how many bytes of dead maps may pile up before they are collected, between two cases.
const keepUnder = 256 << 20

// columns names the figures of a row; those of the map's kind follow.
var columns = []string{
	"entries", "slots", "tombstones", "bytes", "indirect_bytes", "peak_bytes", "mallocs", "total_alloc", "scan_alloc",
	"heap_alloc", "seed",
}

func main() {
	if os.Getenv("GODEBUG") != "invalidptr=0" { // findObject is asked for addresses behind an object's end
		os.Setenv("GODEBUG", "invalidptr=0")
		check(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
	}
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 50)
	out := json.NewEncoder(os.Stdout)
	units := map[string][2]uintptr{}
	for name, each := range shapes {
		units[name] = each.unit()
	}
	check(out.Encode(map[string]any{"kind": mapKind, "columns": append(columns, details...), "units": units}))
	liveHeap() // whatever the first calls allocate
	spent()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		check(out.Encode(map[string]any{"rows": answer(strings.Fields(lines.Text()))}))
		if now.HeapAlloc > keepUnder {
			runtime.GC()
		}
	}
	check(lines.Err())
}

func answer(words []string) [][]uint64 {
	if len(words) < 3 {
		fatal("SHAPE HINT MAPS STEP... is wanted, not %q", words)
	}
	shape, known := shapes[words[0]]
	if !known {
		fatal("no shape %s", words[0])
	}
	hint, maps := number(words[1]), number(words[2])
	var rows [][]uint64
	for i := 0; i < maps; i++ {
		rows = append(rows, shape.live(hint, planned(words[3:], i))...)
	}
	return rows
}

// cost is what the runtime has allocated: objects, their bytes, and the bytes of these that hold pointers.
type cost struct{ mallocs, bytes, scan uint64 }

var (
	now     runtime.MemStats
	scanned = []metrics.Sample{{Name: "/gc/scan/heap:bytes"}}
)

// spent returns the costs since the program began. Reading the statistics hands in what the thread's cache has counted,
// which the metric then includes.
func spent() cost {
	runtime.ReadMemStats(&now)
	metrics.Read(scanned)
	return cost{now.Mallocs, now.TotalAlloc, scanned[0].Value.Uint64()}
}

// liveHeap collects the garbage and returns the bytes of all objects left.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

func (c *cost) add(from, to cost) {
	c.mallocs += to.mallocs - from.mallocs
	c.bytes += to.bytes - from.bytes
	c.scan += to.scan - from.scan
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

func check(err error) {
	if err != nil {
		fatal("%v", err)
	}
}

func fatal(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
