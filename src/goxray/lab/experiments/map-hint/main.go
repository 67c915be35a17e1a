// What make(map[K]V, hint) allocates before the first write: bytes, objects and buckets (groups in a Swiss map).
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"unsafe"
)

var kept any

// hmap is the header of a map up to Go 1.23 (runtime/map.go), swissMap that of a map from Go 1.24 on and swissTable one
// of its tables (internal/runtime/maps), as far as they are read here.
type hmap struct {
	count      int
	flags, b   uint8
	noverflow  uint16
	hash0      uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
}

type swissMap struct {
	used        uint64
	seed        uintptr
	dirPtr      unsafe.Pointer
	dirLen      int
	globalDepth uint8
}

type swissTable struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int
	groups                     unsafe.Pointer
	lengthMask                 uint64
}

// swiss tells whether this program's maps are Swiss maps, as they are from Go 1.24 on.
func swiss() bool {
	minor := 0
	_, _ = fmt.Sscanf(runtime.Version(), "go1.%d", &minor)
	return minor >= 24
}

// bucketsOf returns how many buckets (groups) of 8 slots a map's arrays hold, overflow buckets left out.
func bucketsOf(header unsafe.Pointer) int {
	if !swiss() {
		if h := (*hmap)(header); h.buckets != nil {
			return 1 << h.b
		}
		return 0
	}
	m := (*swissMap)(header)
	if m.dirLen == 0 {
		if m.dirPtr == nil {
			return 0
		}
		return 1
	}
	groups := 0
	var last *swissTable
	for _, table := range unsafe.Slice((**swissTable)(m.dirPtr), m.dirLen) {
		if table != last {
			groups += int(table.lengthMask) + 1
		}
		last = table
	}
	return groups
}

// allocated returns the bytes and objects that f allocates, as the runtime counts them.
func allocated(f func()) (bytes, objects float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc), float64(after.Mallocs - before.Mallocs)
}

func show[K comparable, V any](where string, hint int) {
	// Once before: what the measuring itself allocates the first time does not count.
	allocated(func() { kept = make(map[K]V, hint) })
	header, _ := allocated(func() { kept = make(map[K]V) })
	var m map[K]V
	bytes, objects := allocated(func() { m = make(map[K]V, hint); kept = m })
	buckets := bucketsOf(*(*unsafe.Pointer)(unsafe.Pointer(&m)))
	emit(where, "bytes", bytes, "bytes")
	emit(where, "objects", objects, "1")
	emit(where, "array_bytes", bytes-header, "bytes")
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
