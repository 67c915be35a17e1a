// What deletes give back: of a map from which nearly all entries are deleted, at once and after collections.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// entries is a number that maps of all versions have left their last growth behind with.
const entries = 150000

var kept any

func minor() int {
	number := 0
	_, _ = fmt.Sscanf(runtime.Version(), "go1.%d", &number)
	return number
}

func measure() {
	debug.SetGCPercent(-1) // collections only where the program asks for them
	runtime.GC()
	runtime.GC()
	before := heapNow()
	m := make(map[int64]int64)
	for i := int64(0); i < entries; i++ {
		m[i] = i
	}
	kept = m
	runtime.GC() // what the map outgrew is gone now
	runtime.GC()
	full := heapNow() - before
	freedBefore := memStats().Frees
	for i := int64(1); i < entries; i++ {
		delete(m, i)
	}
	freedObjects := float64(memStats().Frees - freedBefore)
	deleted := heapNow() - before
	runtime.GC()
	once := heapNow() - before
	runtime.GC()
	twice := heapNow() - before
	emit("", "full_bytes", full, "bytes")
	emit("", "bytes_after_deletes", twice, "bytes")
	emit("", "freed_by_deletes", freedObjects, "1")
	emit("by the deletes", "given_back", share(full-deleted, full), "percent")
	emit("after one collection", "given_back", share(full-once, full), "percent")
	emit("after two collections", "given_back", share(full-twice, full), "percent")
	emit("", "go_minor", float64(minor()), "1")
	runtime.KeepAlive(m)
	// That the share can be large at all is seen when nothing reaches the map any more.
	kept, m = nil, nil
	runtime.GC()
	runtime.GC()
	emit("when the map is dropped", "given_back", share(full-(heapNow()-before), full), "percent")
}

// share returns whole percent: what else lives on the heap is far less than one.
func share(part, whole float64) float64 { return float64(int(100*part/whole + 0.5)) }

func main() { lab(map[string]func(){"main": measure}) }
