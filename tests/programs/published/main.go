// Command published measures what docs/published-figures.md speaks of: figures that others have published about maps.
//
// It prints one line of JSON, {NAME: [figures]}. Every figure is what runtime.MemStats says, as a reader would measure it.
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

func main() {
	runtime.GOMAXPROCS(1)
	json.NewEncoder(os.Stdout).Encode(map[string][]uint64{
		"book":       book(),
		"growth":     growth(),
		"empty elem": {group[int64, struct{}](8), group[int64, bool](8), group[int64, int64](8)},
		"set":        set(),
		"hint":       hint(),
		"million":    million(),
		"article":    article(),
		"shrink":     shrink(),
		"strings":    stringsAssigned(),
		"churn":      churn(),
	})
}

// kept holds what is measured.
var kept any

// live returns the bytes of all that is still held.
func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// held returns the bytes that making something keeps.
func held(make func() any) uint64 {
	kept = nil
	before := live()
	kept = make()
	after := live()
	return after - before
}

// spent returns objects and bytes that one call allocates, on average over some calls without a collection between.
func spent(calls int, call func()) (objects, bytes float64) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after runtime.MemStats
	call()
	runtime.ReadMemStats(&before)
	for i := 0; i < calls; i++ {
		call()
	}
	runtime.ReadMemStats(&after)
	n := float64(calls)
	return float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n
}

func ints[V any](n int) map[int]V {
	m := make(map[int]V)
	var elem V
	for i := 0; i < n; i++ {
		m[i] = elem
	}
	return m
}

// book: a million entries in a map[int][128]byte, then none: bytes held with all, and after all are deleted.
func book() []uint64 {
	kept = nil
	before := live()
	m := ints[[128]byte](1_000_000)
	full := live() - before
	for i := 0; i < 1_000_000; i++ {
		delete(m, i)
	}
	empty := live() - before
	runtime.KeepAlive(m)
	return []uint64{full, empty}
}

// growth: the entry at whose insertion a map[int]*int grows, for each growth up to a thousand entries. An overflow bucket
// takes 144 bytes, and such maps keep no list of them.
func growth() []uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var grown []uint64
	var before, after runtime.MemStats
	m := make(map[int]*int)
	kept = m
	m[0] = nil
	for i := 1; i < 1000; i++ {
		runtime.ReadMemStats(&before)
		m[i] = nil
		runtime.ReadMemStats(&after)
		if after.TotalAlloc-before.TotalAlloc > 2*144-1 {
			grown = append(grown, uint64(i+1))
		}
	}
	return grown
}

// group: the bytes of a map with so many entries, its header included.
func group[K ~int64, V any](entries int) uint64 {
	const maps = 1000
	all := make([]map[K]V, maps)
	return held(func() any {
		var elem V
		for i := range all {
			all[i] = make(map[K]V)
			for k := 0; k < entries; k++ {
				all[i][K(k)] = elem
			}
		}
		return all
	}) / maps
}

// set: objects and bytes of a set of 10,000 integers made with a hint, with bool and with struct{} elems.
func set() []uint64 {
	bools, boolBytes := spent(20, func() {
		m := make(map[int]bool, 10_000)
		for i := 0; i < 10_000; i++ {
			m[i] = true
		}
	})
	empties, emptyBytes := spent(20, func() {
		m := make(map[int]struct{}, 10_000)
		for i := 0; i < 10_000; i++ {
			m[i] = struct{}{}
		}
	})
	return []uint64{uint64(bools), uint64(boolBytes), uint64(empties), uint64(emptyBytes)}
}

var global map[string]int

// hint: bytes of an empty map[string]int, and objects and bytes of one made for 100 entries.
func hint() []uint64 {
	_, empty := spent(100, func() { global = make(map[string]int) })
	objects, bytes := spent(100, func() { global = make(map[string]int, 100) })
	return []uint64{uint64(empty), uint64(objects), uint64(bytes)}
}

// million: bytes held by a map[int]int of 2^20 entries, and of 1,000,000.
func million() []uint64 {
	return []uint64{
		held(func() any { return ints[int](1 << 20) }),
		held(func() any { return ints[int](1_000_000) }),
	}
}

// article: bytes of make(map[int]int, n) for 10, 1000, 1025 and 100,000.
func article() []uint64 {
	var sizes []uint64
	for _, n := range []int{10, 1000, 1025, 100_000} {
		sizes = append(sizes, held(func() any { return make(map[int]int, n) }))
	}
	return sizes
}

// shrinkAt are numbers of entries around the borders that a comment gives for a map that lets go of memory.
var shrinkAt = []int{98_304, 98_305, 106_496, 106_497, 109_635, 112_640, 122_880}

// shrink: bytes that a map[int]int lets go of when half of its entries are deleted.
func shrink() []uint64 {
	var freed []uint64
	for _, n := range shrinkAt {
		m := ints[int](n)
		before := live()
		for i := 0; i < n/2; i++ {
			delete(m, i)
		}
		after := live()
		runtime.KeepAlive(m)
		if before > after {
			freed = append(freed, before-after)
		} else {
			freed = append(freed, 0)
		}
		m = nil
	}
	return freed
}

// stringsAssigned: bytes that making a map for n strings and assigning them costs.
func stringsAssigned() []uint64 {
	var sizes []uint64
	for _, n := range []int{24, 30, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 65536} {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = strconv.Itoa(i)
		}
		calls := 1 + 4000/n
		_, bytes := spent(calls, func() {
			global = make(map[string]int, n)
			for _, k := range keys {
				global[k] = 1
			}
		})
		sizes = append(sizes, uint64(bytes))
	}
	return sizes
}

// churn: bytes by which maps of 56 entries made for 112 grow, each, while 100,000 times one entry goes and one comes.
func churn() []uint64 {
	const maps = 8
	var all [maps]map[int]int
	for i := range all {
		all[i] = make(map[int]int, 112)
		for k := 0; k < 56; k++ {
			all[i][k] = k
		}
	}
	kept = nil
	start := live()
	for _, m := range all {
		for next := 56; next < 100_056; next++ {
			for k := range m {
				delete(m, k)
				break
			}
			m[next] = next
		}
	}
	end := live()
	runtime.KeepAlive(all)
	return []uint64{(end - start) / maps}
}
