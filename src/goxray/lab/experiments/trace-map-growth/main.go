// Whether an execution trace tells of the buckets that a map allocates: the program traces itself, and looks for the
// names of the functions that allocate them and of the type in what the runtime wrote.
package main

import (
	"bytes"
	"context"
	"runtime"
	"runtime/debug"
	"runtime/trace"
)

const mark = "a mark of our own"

var kept map[int]int

func measure() {
	debug.SetGCPercent(-1)
	var written bytes.Buffer
	if err := trace.Start(&written); err != nil {
		panic(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	trace.Log(context.Background(), "lab", mark)
	done := make(chan bool)
	go func() {
		kept = map[int]int{}
		for i := 0; i < 8000; i++ {
			kept[i] = i
			// A slice of time that is never used up is never cut short: a goroutine that is stopped in the middle
			// of an insert would leave a stack that has nothing to do with what a trace records of allocations.
			if i%100 == 0 {
				runtime.Gosched()
			}
		}
		close(done)
	}()
	<-done
	runtime.ReadMemStats(&after)
	trace.Stop()
	text := written.Bytes()
	emit("", "allocated_bytes", float64(after.TotalAlloc-before.TotalAlloc), "bytes")
	emit("", "trace_bytes", float64(len(text)), "bytes")
	emit("", "marks_found", float64(bytes.Count(text, []byte(mark))), "1")
	emit("", "own_functions_named", float64(bytes.Count(text, []byte("main.measure"))), "1")
	named := 0
	for _, name := range []string{
		"runtime.hashGrow", "runtime.makeBucketArray", "newoverflow", "map.bucket[", "hash<",
		"maps.newTable", "maps.(*table).grow", "maps.(*table).rehash", "maps.newGroups", "map.group[", "noalg.map",
	} {
		named += bytes.Count(text, []byte(name))
	}
	emit("", "growth_named", float64(named), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
