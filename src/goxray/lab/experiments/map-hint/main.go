// What make(map[K]V, hint) allocates before the first write: bytes, objects and buckets (groups in a Swiss map).
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var kept any

func show[K comparable, V any](where string, hint int) {
	// Once before: what the measuring itself allocates the first time does not count.
	allocatedBy(func() { kept = make(map[K]V, hint) })
	header, _ := allocatedBy(func() { kept = make(map[K]V) })
	var m map[K]V
	bytes, objects := allocatedBy(func() { m = make(map[K]V, hint); kept = m })
	buckets := bucketsOf(headerOf(m))
	emit(where, "bytes", float64(bytes), "bytes")
	emit(where, "objects", float64(objects), "1")
	emit(where, "array_bytes", float64(bytes)-float64(header), "bytes")
	emit(where, "buckets", float64(buckets), "1")
	runtime.KeepAlive(m)
}

func measure() {
	debug.SetGCPercent(-1) // a collection allocates a little of its own
	for _, hint := range []int{0, 1, 8, 9, 10, 100, 1000, 1025, 100000} {
		show[int64, int64](fmt.Sprintf("hint %d", hint), hint)
	}
	show[string, int]("map[string]int, hint 128", 128)
}

func main() { lab(map[string]func(){"main": measure}) }
