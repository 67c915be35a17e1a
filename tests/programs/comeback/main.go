// Command comeback holds maps that have lived, and rebuilds each when it is told to, so that tests can see what comes back.
//
// It prints one line of JSON, {"pid":..., "maps":[[NAME, header address], ...]}. Then it answers each line of its input,
// the number of a map, with {"back":...}: by how many bytes the heap has shrunk, garbage collected, since the map was
// copied into make(map[K]V, len(m)) and replaced by the copy.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"unsafe"
)

// lived is a map that can be rebuilt.
type lived interface {
	rebuild()
	header() uintptr
}

type holder[K comparable, V any] struct{ m map[K]V }

func (h *holder[K, V]) header() uintptr { return *(*uintptr)(unsafe.Pointer(&h.m)) }

func (h *holder[K, V]) rebuild() {
	fresh := make(map[K]V, len(h.m))
	for k, v := range h.m {
		fresh[k] = v
	}
	h.m = fresh
}

// life makes a map with a hint, fills it up to most entries, deletes all but left, and adds more.
func life[K comparable, V any](key func(int) K, hint, most, left, more int) lived {
	var elem V
	m := make(map[K]V, hint)
	for i := 0; i < most; i++ {
		m[key(i)] = elem
	}
	for i := left; i < most; i++ {
		delete(m, key(i))
	}
	for i := 0; i < more; i++ {
		m[key(most+i)] = elem
	}
	return &holder[K, V]{m}
}

// churned keeps a map at so many entries while half of them come and go, some times.
func churned(entries, times int) lived {
	m := map[int]int{}
	next := 0
	for round := 0; round <= times; round++ {
		for len(m) < entries {
			m[next] = next
			next++
		}
		if round < times {
			for i := next - entries; i < next; i += 2 {
				delete(m, i)
			}
		}
	}
	return &holder[int, int]{m}
}

// cleared is a map that was filled, cleared and filled again.
func cleared(most, left int) lived {
	m := map[string]int{}
	for i := 0; i < most; i++ {
		m[text(i)] = i
	}
	clear(m)
	for i := 0; i < left; i++ {
		m[text(i)] = i
	}
	return &holder[string, int]{m}
}

type pair struct {
	A, B int32
	C    int64
}

func same(i int) int       { return i }
func text(i int) string    { return "key-" + strconv.Itoa(i) }
func either(i int) any     { return []any{i, text(i)}[i%2] }
func short(i int) uint16   { return uint16(i) }
func real(i int) float64   { return float64(i) / 8 }
func both(i int) pair      { return pair{int32(i), 7, 9} }
func wide(i int) [16]byte  { return [16]byte{byte(i), byte(i >> 8), byte(i >> 16), 15: 1} }
func big(i int) [17]string { return [17]string{5: text(i)} }

var maps = []struct {
	name string
	lived
}{
	{"map[int]int", life[int, int](same, 0, 100_000, 5_000, 0)},
	{"map[string]string", life[string, string](text, 0, 5_000, 500, 0)},
	{"map[int][128]byte", life[int, [128]byte](same, 0, 10_000, 100, 0)},
	{"map[string]*int", life[string, *int](text, 0, 20_000, 4_000, 0)},
	{"map[int]struct{}", life[int, struct{}](same, 0, 50_000, 1_500, 0)},
	{"map[pair]bool", life[pair, bool](both, 0, 3_000, 600, 0)},
	{"map[string]int", cleared(9_000, 10)},
	{"map[uint16]bool", life[uint16, bool](short, 60_000, 50, 50, 0)},
	{"map[int]int", life[int, int](same, 0, 106_497, 106_497, 0)},
	{"map[int]int", life[int, int](same, 0, 1_000, 8, 0)},
	{"map[string]any", life[string, any](text, 0, 700, 0, 0)},
	{"map[int]int", life[int, int](same, 0, 20, 3, 0)},
	{"map[[17]string]int", life[[17]string, int](big, 0, 2_000, 100, 0)},
	{"map[int][25]int64", life[int, [25]int64](same, 0, 3_000, 50, 0)},
	{"map[any]any", life[any, any](either, 0, 1_000, 100, 0)},
	{"map[float64]int32", life[float64, int32](real, 0, 7_000, 700, 30)},
	{"map[uint16]uint16", life[uint16, uint16](short, 0, 65_536, 100, 0)},
	{"map[[16]byte]int", life[[16]byte, int](wide, 0, 13_312, 1_500, 0)},
	{"map[string]int", life[string, int](text, 0, 900, 900, 0)},
	{"map[int]int", churned(3_000, 6)},
}

func live() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	live()
	var all [][2]any
	for _, each := range maps {
		all = append(all, [2]any{each.name, each.header()})
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"pid": os.Getpid(), "maps": all})
	answer := make([]byte, 0, 64) // answering allocates nothing that a later collection could free
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		number, _ := strconv.Atoi(lines.Text())
		before := live()
		maps[number].rebuild()
		after := live()
		answer = strconv.AppendInt(append(answer[:0], `{"back":`...), int64(before)-int64(after), 10)
		os.Stdout.Write(append(answer, "}\n"...))
	}
}
