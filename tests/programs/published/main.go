// Command published measures what docs/published-figures.md speaks of: figures that others have published about maps.
//
// Its arguments say which; it prints one line of JSON, {NAME: [figures]}. Every figure is what runtime.MemStats says, as
// a reader would measure it.
package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"
	"unsafe"
)

var measures = map[string]func() []uint64{
	"book":    book,
	"growth":  growth,
	"empties": empties,
	"set":     set,
	"hint":    hint,
	"million": million,
	"article": article,
	"shrink":  shrink,
	"strings": stringsAssigned,
	"routing": routing,
}

func main() {
	runtime.GOMAXPROCS(1)
	found := map[string][]uint64{}
	for _, name := range os.Args[1:] {
		found[name] = measures[name]()
	}
	json.NewEncoder(os.Stdout).Encode(found)
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

// book: a million entries in a map[int][128]byte, then none: the heap after each step as the book measures it, without a
// collection after the inserts, and the bytes held by the full map.
func book() []uint64 {
	kept = nil
	before := live()
	m := ints[[128]byte](1_000_000)
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	full := live() - before
	for i := 0; i < 1_000_000; i++ {
		delete(m, i)
	}
	empty := live() - before
	runtime.KeepAlive(m)
	return []uint64{now.HeapAlloc - before, empty, full}
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

// empties: bytes of a map with eight entries whose elems are empty structs, bools and integers.
func empties() []uint64 {
	return []uint64{group[int64, struct{}](8), group[int64, bool](8), group[int64, int64](8)}
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

// shrink: bytes that map[int]int of 100,000 and of 106,497 entries let go of when half of the entries are deleted.
func shrink() []uint64 {
	var freed []uint64
	for _, n := range []int{100_000, 106_497} {
		m := ints[int](n)
		before := live()
		for i := 0; i < n/2; i++ {
			delete(m, i)
		}
		after := live()
		runtime.KeepAlive(m)
		freed = append(freed, max(before, after)-after)
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

type response struct {
	ShardID      int32
	ShardType    int
	RoutingKey   string
	LastModified *time.Time
}

// routing: bytes held by a map[string]response of 3,500,000 entries. The keys' bytes stand in one block beside it.
func routing() []uint64 {
	const entries = 3_500_000
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	keys := make([]byte, 8*entries)
	for i := 0; i < entries; i++ {
		binary.LittleEndian.PutUint64(keys[8*i:], uint64(i))
	}
	return []uint64{held(func() any {
		m := make(map[string]response)
		for i := 0; i < entries; i++ {
			m[unsafe.String(&keys[8*i], 8)] = response{}
		}
		return m
	})}
}
