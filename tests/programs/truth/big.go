package main

import (
	"math"
	"runtime"
)

// The maps of up to a million entries, whose bytes are also compared with what MemStats says.

var big struct {
	hint1e6          map[int]int
	hint1e6Strings   map[string]string
	hint1e6Arrays    map[[3]int32][5]*int
	filled           map[uint32]uint32
	filledEmptyElems map[int32]struct{}
	filledIndirect   map[int32][200]byte
	deleted          map[int32]int32
}

func makeBig() {
	b := &big
	million := 1000000
	measureMake("hint1e6", &b.hint1e6, func() { b.hint1e6 = make(map[int]int, million) })
	measureMake("hint1e6Strings", &b.hint1e6Strings, func() { b.hint1e6Strings = make(map[string]string, million) })
	measureMake("hint1e6Arrays", &b.hint1e6Arrays, func() { b.hint1e6Arrays = make(map[[3]int32][5]*int, million) })
	measureKept("filled", &b.filled, func() {
		b.filled = map[uint32]uint32{}
		insert(b.filled, 0, million, func(i int) uint32 { return uint32(i) }, zero[uint32])
	})
	measureKept("filledEmptyElems", &b.filledEmptyElems, func() {
		b.filledEmptyElems = map[int32]struct{}{}
		insert(b.filledEmptyElems, 0, 1300000, func(i int) int32 { return int32(i) }, zero[struct{}])
	})
	measureKept("filledIndirect", &b.filledIndirect, func() {
		b.filledIndirect = map[int32][200]byte{}
		insert(b.filledIndirect, 0, 60000, func(i int) int32 { return int32(i) }, zero[[200]byte])
	})
	measureKept("deleted", &b.deleted, func() {
		b.deleted = map[int32]int32{}
		insert(b.deleted, 0, million, func(i int) int32 { return int32(i) }, zero[int32])
		for i := int32(0); i < 1000000; i++ {
			if i%10 != 0 {
				delete(b.deleted, i)
			}
		}
	})
}

// measureMake runs f, which makes the map at m and allocates nothing else, and takes what MemStats says it allocated:
// the least of some attempts, as the runtime may allocate something of its own meanwhile.
func measureMake[K comparable, V any](field string, m *map[K]V, f func()) {
	var before, after runtime.MemStats
	least := int64(math.MaxInt64)
	for i := 0; i < 3; i++ {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, int64(after.TotalAlloc-before.TotalAlloc))
	}
	registerBig(field, *m, least)
}

// measureKept runs f, which makes the map at m, and takes what MemStats says the heap has grown by once all that f
// left behind is collected.
func measureKept[K comparable, V any](field string, m *map[K]V, f func()) {
	before := collected()
	f()
	registerBig(field, *m, int64(collected()-before))
}

func collected() uint64 {
	var stats runtime.MemStats
	runGC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func registerBig[K comparable, V any](field string, m map[K]V, alloc int64) {
	add("big "+field, m, "main.big."+field).alloc = alloc
}
