package main

import (
	"math"
)

// The set "shapes": maps of many types, sizes and histories, each in a field of one structure.

type (
	key128   [128]byte
	key129   [129]byte
	key200   struct{ a, b [100]byte }
	elem128  [16]uint64
	elem136  [17]uint64
	elem600  [600]byte
	elemPtrs struct {
		names [40]string
		next  *elemPtrs
	}
	point struct{ x, y int32 }
	named struct {
		name string
		id   uint8
	}
)

var shapes struct {
	empty, emptyLiteral                     map[int]int
	one, eight, nine, fourteen, fifteen     map[int]int
	hint0, hint8, hint9, hint14, hint15     map[int]int
	hint100, hint1000, hint1e5, hint1e5Full map[int]int
	hintNegative                            map[string]bool
	strings, stringsBig                     map[string]string
	floats                                  map[float64]int
	nans                                    map[float64]int
	nanStructs                              map[[2]float32]uint8
	complexes                               map[complex128]bool
	bools                                   map[bool]string
	bytes                                   map[byte]byte
	runes                                   map[rune][]rune
	pointers                                map[*int]*int
	channels                                map[chan int]int
	interfaces                              map[any]any
	errors                                  map[error]int
	points                                  map[point]point
	nameds                                  map[named]named
	arrays                                  map[[4]uint16]bool
	stringArrays                            map[[2]string][]byte
	funcs                                   map[string]func()
	zeroElem                                map[int]struct{}
	zeroElemByte                            map[uint8]struct{}
	zeroBoth                                map[struct{}]struct{}
	zeroKey                                 map[[0]int]string
	key128                                  map[key128]int
	key129                                  map[key129]int
	key200                                  map[key200]string
	elem128                                 map[int]elem128
	elem136                                 map[int]elem136
	elem600                                 map[string]elem600
	elemPtrs                                map[int32]elemPtrs
	both                                    map[key200]elemPtrs
	bothDeleted                             map[key129]elem136
	uneven                                  map[int]int
	unevenStrings                           map[string]*int
	manyTables                              map[uint32]uint32
	growing                                 map[int]int
	growingHalf                             map[int]int
	growingStrings                          map[string]string
	growingHalfStrings                      map[string]string
	growingIndirect                         map[key200]elem136
	growingSmall                            map[int64]bool
	growingWideElems                        map[int][13]uint64
	sameSize, sameSizeDone                  map[int]int
	sameSizeStrings, sameSizeStringsDone    map[string]string
	deleted, deletedAll, deletedRefilled    map[int]int
	deletedStrings                          map[string]string
	deletedSmall                            map[string]int
	cleared, clearedSmall, clearedRefilled  map[int]string
	clearedNoPointers                       map[uint64]uint64
	clearedGrowing                          map[int]int
	overflow                                map[uint16]uint8
	overflowPointers                        map[int]*int
	iterated                                map[int]string
	copied                                  map[string]int
}

func makeShapes() {
	for _, f := range []func(){
		shapesBySize, shapesByHint, shapesByKey, shapesByElem, shapesIndirect, shapesDirectory, shapesGrowing,
		shapesSameSize, shapesDeleted, shapesCleared, shapesOverflow,
	} {
		elsewhere(f)
	}
}

// shape registers the field of the structure above.
func shape[M ~map[K]V, K comparable, V any](field string, m M) {
	add("shape "+field, m, "main.shapes."+field)
}

// insert puts keys from, from+1, ... into m until it has n entries more.
func insert[M ~map[K]V, K comparable, V any](m M, from, n int, key func(int) K, elem func(int) V) {
	for i := from; i < from+n; i++ {
		m[key(i)] = elem(i)
	}
}

// insertUntil goes on inserting until the header is in the state asked for.
func insertUntil[M ~map[K]V, K comparable, V any](m M, from int, reached func(uintptr) bool, key func(int) K) int {
	var elem V
	for i := from; ; i++ {
		m[key(i)] = elem
		if reached(headerOf(m)) && len(m) > 8 {
			return i + 1
		}
		if i-from > 1e6 {
			fatal("the map never came to the state asked for")
		}
	}
}

func same(i int) int { return i }

func zero[V any](int) V {
	var v V
	return v
}

func intMap(n int) map[int]int {
	m := map[int]int{}
	insert(m, 0, n, same, same)
	return m
}

func shapesBySize() {
	s := &shapes
	s.empty = make(map[int]int)
	s.emptyLiteral = map[int]int{}
	s.one, s.eight, s.nine, s.fourteen, s.fifteen = intMap(1), intMap(8), intMap(9), intMap(14), intMap(15)
	shape("empty", s.empty)
	shape("emptyLiteral", s.emptyLiteral)
	shape("one", s.one)
	shape("eight", s.eight)
	shape("nine", s.nine)
	shape("fourteen", s.fourteen)
	shape("fifteen", s.fifteen)
}

func shapesByHint() {
	s := &shapes
	n := []int{0, 8, 9, 14, 15, 100, 1000, 1e5, -1}
	s.hint0 = make(map[int]int, n[0])
	s.hint8 = make(map[int]int, n[1])
	s.hint9 = make(map[int]int, n[2])
	s.hint14 = make(map[int]int, n[3])
	s.hint15 = make(map[int]int, n[4])
	s.hint100 = make(map[int]int, n[5])
	s.hint1000 = make(map[int]int, n[6])
	s.hint1e5 = make(map[int]int, n[7])
	s.hint1e5Full = make(map[int]int, n[7])
	insert(s.hint1e5Full, 0, 1e5, same, same)
	s.hintNegative = makeBadHint(n[8])
	shape("hint0", s.hint0)
	shape("hint8", s.hint8)
	shape("hint9", s.hint9)
	shape("hint14", s.hint14)
	shape("hint15", s.hint15)
	shape("hint100", s.hint100)
	shape("hint1000", s.hint1000)
	shape("hint1e5", s.hint1e5)
	shape("hint1e5Full", s.hint1e5Full)
	shape("hintNegative", s.hintNegative)
}

// makeBadHint asks for a size that the runtime ignores: a negative hint is no error when it is not a constant.
func makeBadHint(n int) map[string]bool { return make(map[string]bool, n) }

func shapesByKey() {
	s := &shapes
	s.strings, s.stringsBig = map[string]string{}, map[string]string{}
	insert(s.strings, 0, 5, name, name)
	insert(s.stringsBig, 0, 20000, name, name)
	s.floats, s.nans, s.nanStructs = map[float64]int{}, map[float64]int{}, map[[2]float32]uint8{}
	insert(s.floats, 0, 100, func(i int) float64 { return float64(i) / 8 }, same)
	insert(s.nans, 0, 333, func(int) float64 { return math.NaN() }, same)
	nan32 := func(i int) [2]float32 { return [2]float32{float32(i % 50), float32(math.NaN())} }
	insert(s.nanStructs, 0, 90, nan32, zero[uint8])
	s.complexes = map[complex128]bool{1i: true, complex(math.NaN(), 0): false}
	s.bools = map[bool]string{true: "yes", false: "no"}
	s.bytes = map[byte]byte{}
	insert(s.bytes, 0, 256, func(i int) byte { return byte(i) }, func(i int) byte { return byte(i) })
	s.runes = map[rune][]rune{'a': {'b'}, 'c': nil}
	s.pointers = map[*int]*int{nil: nil}
	insert(s.pointers, 0, 60, func(i int) *int { return &[]int{i}[0] }, zero[*int])
	s.channels = map[chan int]int{make(chan int): 1}
	s.interfaces = map[any]any{1: 1, "a": nil, 2.5: "x", [1]string{"k"}: 4, point{1, 2}: named{"n", 1}, nil: nil}
	insert(s.interfaces, 0, 70, func(i int) any { return i * 3 }, func(i int) any { return name(i) })
	s.errors = map[error]int{nil: 0}
	s.points = map[point]point{}
	insert(s.points, 0, 50, func(i int) point { return point{int32(i), 1} }, zero[point])
	s.nameds = map[named]named{}
	insert(s.nameds, 0, 40, func(i int) named { return named{name(i), 1} }, zero[named])
	s.arrays = map[[4]uint16]bool{}
	insert(s.arrays, 0, 200, func(i int) [4]uint16 { return [4]uint16{uint16(i), 1, 2, 3} }, zero[bool])
	s.stringArrays = map[[2]string][]byte{{"a", "b"}: []byte("c")}
	s.funcs = map[string]func(){"gc": runGC}
	shape("strings", s.strings)
	shape("stringsBig", s.stringsBig)
	shape("floats", s.floats)
	shape("nans", s.nans)
	shape("nanStructs", s.nanStructs)
	shape("complexes", s.complexes)
	shape("bools", s.bools)
	shape("bytes", s.bytes)
	shape("runes", s.runes)
	shape("pointers", s.pointers)
	shape("channels", s.channels)
	shape("interfaces", s.interfaces)
	shape("errors", s.errors)
	shape("points", s.points)
	shape("nameds", s.nameds)
	shape("arrays", s.arrays)
	shape("stringArrays", s.stringArrays)
	shape("funcs", s.funcs)
}

func shapesByElem() {
	s := &shapes
	s.zeroElem, s.zeroElemByte = map[int]struct{}{}, map[uint8]struct{}{}
	insert(s.zeroElem, 0, 500, same, zero[struct{}])
	insert(s.zeroElemByte, 0, 7, func(i int) uint8 { return uint8(i) }, zero[struct{}])
	s.zeroBoth = map[struct{}]struct{}{{}: {}}
	s.zeroKey = map[[0]int]string{{}: "only one"}
	shape("zeroElem", s.zeroElem)
	shape("zeroElemByte", s.zeroElemByte)
	shape("zeroBoth", s.zeroBoth)
	shape("zeroKey", s.zeroKey)
}

func shapesIndirect() {
	s := &shapes
	k129 := func(i int) key129 { return key129{byte(i), byte(i >> 8)} }
	k200 := func(i int) key200 { return key200{b: [100]byte{byte(i), byte(i >> 8)}} }
	s.key128, s.key129, s.key200 = map[key128]int{}, map[key129]int{}, map[key200]string{}
	insert(s.key128, 0, 50, func(i int) key128 { return key128{byte(i)} }, same)
	insert(s.key129, 0, 300, k129, same)
	insert(s.key200, 0, 5, k200, name)
	s.elem128, s.elem136 = map[int]elem128{}, map[int]elem136{}
	insert(s.elem128, 0, 50, same, zero[elem128])
	insert(s.elem136, 0, 500, same, zero[elem136])
	s.elem600, s.elemPtrs = map[string]elem600{}, map[int32]elemPtrs{}
	insert(s.elem600, 0, 100, name, zero[elem600])
	insert(s.elemPtrs, 0, 90, func(i int) int32 { return int32(i) }, zero[elemPtrs])
	s.both, s.bothDeleted = map[key200]elemPtrs{}, map[key129]elem136{}
	insert(s.both, 0, 120, k200, zero[elemPtrs])
	insert(s.bothDeleted, 0, 400, k129, zero[elem136])
	for i := 0; i < 350; i++ {
		delete(s.bothDeleted, k129(i))
	}
	shape("key128", s.key128)
	shape("key129", s.key129)
	shape("key200", s.key200)
	shape("elem128", s.elem128)
	shape("elem136", s.elem136)
	shape("elem600", s.elem600)
	shape("elemPtrs", s.elemPtrs)
	shape("both", s.both)
	shape("bothDeleted", s.bothDeleted)
}

// shapesDirectory makes Swiss maps whose directory names one table several times.
func shapesDirectory() {
	s := &shapes
	s.uneven, s.unevenStrings = map[int]int{}, map[string]*int{}
	insertUntil(s.uneven, 0, unevenDirectory, same)
	insertUntil(s.unevenStrings, 0, unevenDirectory, name)
	s.manyTables = map[uint32]uint32{}
	insert(s.manyTables, 0, 30000, func(i int) uint32 { return uint32(i) }, zero[uint32])
	shape("uneven", s.uneven)
	shape("unevenStrings", s.unevenStrings)
	shape("manyTables", s.manyTables)
}
