// What the collector does with a map's memory: bytes that it marks, scans and sweeps, and what keeps buckets alive.
package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"unsafe"
)

// entries is far from a number at which bucket maps grow: no old array is left when they are all in.
const entries = 31000

var (
	ints     map[int]int
	pointers map[int]*int
	texts    map[string]string
	held     unsafe.Pointer
	hidden   uintptr
)

// state is what the runtime said after a cycle: bytes allocated, marked, scanned, freed since the program began.
type state struct{ heap, live, scanned, freed, total float64 }

func collected() state {
	heap := float64(heapLive())
	return state{
		heap, metric("/gc/heap/live:bytes"), metric("/gc/scan/heap:bytes"), metric("/gc/heap/frees:bytes"),
		float64(memStats().TotalAlloc),
	}
}

// cycle looks at one map from before it exists until it is gone.
func cycle(where string, build, drop func()) {
	base := collected()
	build()
	with := collected()
	size := with.heap - base.heap
	drop()
	gone := collected()
	emit(where, "map_bytes", size, "bytes")
	emit(where, "marked_bytes", with.live-base.live, "bytes")
	emit(where, "marked_share", (with.live-base.live)/size, "1")
	emit(where, "scanned_bytes", with.scanned-base.scanned, "bytes")
	// Nearly all that lives is the map; what else does is in both figures.
	emit(where, "scanned_share", with.scanned/with.live, "1")
	emit(where, "freed_share", (gone.freed-with.freed)/size, "1")
}

func fill() {
	ints = map[int]int{}
	for i := 0; i < entries; i++ {
		ints[i] = i
	}
}

// kept prints which part of a map's memory is still there after two cycles, when hold has kept what it wants of it and
// the map itself is dropped.
func kept(where string, hold func()) {
	base := collected()
	ints = make(map[int]int, entries)
	with := collected()
	hold()
	ints = nil
	after := collected()
	emit(where, "kept_share", (after.heap-base.heap)/(with.heap-base.heap), "1")
	held, hidden = nil, 0
}

// header returns the address of the map's header: a map value is that pointer.
func header(m *map[int]int) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(m)) }

// inside returns the header's pointer to its buckets, or to its tables: at offset 16 both in runtime.hmap and in
// internal/runtime/maps.Map.
func inside(m *map[int]int) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(header(m), 16))
}

func measure() {
	debug.SetGCPercent(-1)
	collected() // what the first look allocates for itself does not count
	cycle("map[int]int", fill, func() { ints = nil })
	one := 1
	cycle("map[int]*int", func() {
		pointers = map[int]*int{}
		for i := 0; i < entries; i++ {
			pointers[i] = &one
		}
	}, func() { pointers = nil })
	var digits strings.Builder
	for i := 0; i < entries; i++ {
		digits.WriteString(strconv.Itoa(1000000 + i))
	}
	all := digits.String()
	cycle("map[string]string", func() {
		texts = map[string]string{}
		for i := 0; i < entries; i++ {
			texts[all[7*i:7*i+7]] = "value"
		}
	}, func() { texts = nil })
	runtime.KeepAlive(all)

	kept("nothing held", func() {})
	kept("pointer into the buckets held", func() { held = inside(&ints) })
	kept("header held as unsafe.Pointer", func() { held = header(&ints) })
	kept("header's address held as a number", func() { hidden = uintptr(header(&ints)) })

	base := collected()
	fill()
	grown := collected()
	emit("header reachable, map grown", "reclaimed_share", 1-(grown.heap-base.heap)/(grown.total-base.total), "1")
	runtime.KeepAlive(ints)
}

func main() { lab(map[string]func(){"main": measure}) }
