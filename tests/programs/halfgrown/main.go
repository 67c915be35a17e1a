// Command halfgrown holds classic maps in the middle of growth, and drops each when it is told to, so that tests can see
// what comes back.
//
// It prints one line of JSON, {"pid":..., "maps":[[NAME, header address, KEPT], ...]}. KEPT is the number of overflow
// buckets of old buckets that are evacuated, without those that came with the old array: nobody needs them, but the
// collector finds them. Then it answers each line of its input, the number of a map, with {"back":...}: by how many
// bytes the heap has shrunk, garbage collected, since the map was dropped.
package main

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"unsafe"
)

// hmap is the start of runtime.hmap, the same in all versions that have it.
type hmap struct {
	count               int
	flags, b            uint8
	noverflow           uint16
	hash0               uint32
	buckets, oldbuckets unsafe.Pointer
	nevacuate           uintptr
}

// held is a map that can be dropped.
type held interface {
	header() *hmap
	bucketSize() uintptr
	drop()
}

type holder[K comparable, V any] struct{ m map[K]V }

func (h *holder[K, V]) header() *hmap { return *(**hmap)(unsafe.Pointer(&h.m)) }
func (h *holder[K, V]) drop()         { h.m = nil }

// bucketSize is that of maps whose keys and elems stand in the buckets: marks, keys, elems, link.
func (h *holder[K, V]) bucketSize() uintptr {
	return unsafe.Sizeof(struct {
		marks [8]byte
		keys  [8]K
		elems [8]V
		link  unsafe.Pointer
	}{})
}

// mapType is the start of a classic map's type (internal/abi).
type mapType struct {
	_                 [48]byte
	key, elem, bucket unsafe.Pointer
	hasher            func(key unsafe.Pointer, seed uintptr) uintptr
}

// chained orders keys so that one of 2^log2 buckets has many: nine come first, so that the bucket's first overflow bucket
// is one of those that came with the array, and more when there are no such left, shortly before the map grows.
func chained[K comparable, V any](h *holder[K, V], key func(int) K, log2 int) []int {
	var typed any = h.m
	hasher := (*(**mapType)(unsafe.Pointer(&typed))).hasher
	var one, others []int
	for i := 0; i < most; i++ {
		k := key(i)
		if hasher(unsafe.Pointer(&k), uintptr(h.header().hash0))&(1<<log2-1) == 0 && len(one) < 25 {
			one = append(one, i)
		} else {
			others = append(others, i)
		}
	}
	early, full := min(9, len(one)), 58<<log2/10
	return append(append(append(append([]int{}, one[:early]...), others[:full]...), one[early:]...), others[full:]...)
}

// growing makes a map that has begun to grow from 2^log2 buckets, and goes on until part of 256 of these are evacuated.
func growing[K comparable, V any](key func(int) K, log2, part int, iterate bool) held {
	m := map[K]V{}
	h := &holder[K, V]{m}
	var elem V
	keys := chained(h, key, log2)
	i := 0
	for ; h.header().oldbuckets == nil || h.header().b <= uint8(log2); i++ {
		m[key(keys[i])] = elem
	}
	for ; h.header().nevacuate < uintptr(part)<<log2/256; i++ {
		m[key(keys[i])] = elem
		if iterate { // a loop that has seen the old buckets keeps evacuation from clearing them
			for range m {
				break
			}
		}
	}
	return h
}

const evacuatedFrom, evacuatedTo, link, page = 2, 4, 8, 8 << 10

func at(p unsafe.Pointer, i int, size uintptr) unsafe.Pointer { return unsafe.Add(p, uintptr(i)*size) }

// kept counts what only overflow buckets behind the old array lead to, or evacuated old buckets that are not cleared. It
// looks at large arrays, which take whole pages: makeBucketArray fills the last one with overflow buckets.
func kept(of held) int {
	h, size := of.header(), of.bucketSize()
	buckets := 1 << (h.b - 1)
	if h.oldbuckets == nil || buckets < 1<<10 {
		return 0
	}
	rows := int((uintptr(buckets+buckets/16)*size + page - 1) / page * page / size)
	used, found := map[unsafe.Pointer]bool{}, map[unsafe.Pointer]bool{}
	walk := func(i int, into map[unsafe.Pointer]bool) {
		for b := at(h.oldbuckets, i, size); b != nil && !into[b]; {
			if off := uintptr(b) - uintptr(h.oldbuckets); off >= uintptr(rows)*size {
				into[b] = true
			}
			b = *(*unsafe.Pointer)(unsafe.Add(b, size-link))
			if b == h.oldbuckets { // the mark of the last one behind the array
				return
			}
		}
	}
	for i := 0; i < rows; i++ {
		state := *(*byte)(at(h.oldbuckets, i, size))
		if i < buckets && (state < evacuatedFrom || state > evacuatedTo) {
			walk(i, used)
		} else {
			walk(i, found)
		}
	}
	number := 0
	for b := range found {
		if !used[b] {
			number++
		}
	}
	return number
}

type wide struct {
	P    *int
	Rest [9]int
}

func text(i int) string  { return texts[i] }
func same(i int) int     { return i }
func real(i int) float64 { return float64(i) / 8 }
func nan(int) float64    { return math.NaN() }

const most = 1 << 16

var texts = func() (all [most]string) {
	for i := range all {
		all[i] = "key-" + strconv.Itoa(i)
	}
	return
}()

// kinds are map types with pointers in the buckets, small and large ones, and one without.
var kinds = []struct {
	name string
	grow func(log2, part int) held
}{
	{"map[string]int", func(log2, part int) held { return growing[string, int](text, log2, part, false) }},
	{"map[int]*int", func(log2, part int) held { return growing[int, *int](same, log2, part, false) }},
	{"map[float64]wide", func(log2, part int) held { return growing[float64, wide](real, log2, part, false) }},
	{"map[float64]*int", func(log2, part int) held { return growing[float64, *int](nan, log2, part, false) }},
	{"map[string]bool, ranged over", func(log2, part int) held { return growing[string, bool](text, log2, part, true) }},
	{"map[int]int", func(log2, part int) held { return growing[int, int](same, log2, part, false) }},
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
	var all []held
	var said [][3]any
	for _, kind := range kinds {
		for _, size := range [][2]int{{0, 0}, {3, 64}, {4, 128}, {6, 200}, {10, 20}, {10, 240}, {11, 128}, {12, 40}, {12, 255}} {
			each := kind.grow(size[0], size[1])
			all = append(all, each)
			said = append(said, [3]any{kind.name, uintptr(unsafe.Pointer(each.header())), kept(each)})
		}
	}
	live()
	json.NewEncoder(os.Stdout).Encode(map[string]any{"pid": os.Getpid(), "maps": said})
	answer := make([]byte, 0, 64) // answering allocates nothing that a later collection could free
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		number, _ := strconv.Atoi(lines.Text())
		before := live()
		all[number].drop()
		after := live()
		answer = strconv.AppendInt(append(answer[:0], `{"back":`...), int64(before)-int64(after), 10)
		os.Stdout.Write(append(answer, "}\n"...))
	}
}
