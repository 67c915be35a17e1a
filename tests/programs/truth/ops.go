package main

import (
	"math"
	"math/rand"
)

// The set "ops": maps on which random operations are done on command.

var ops struct {
	ints     map[int]int
	strings  map[string]string
	set      map[string]struct{}
	big      map[int64][200]byte
	bigKeys  map[key129]int32
	wide     map[[3]uint64]bool
	any      map[any]int
	floats   map[float64]uint8
	bytes    map[uint8]*int
	wideElem map[uint32][128]byte
	nested   map[int]map[int]int
}

// subject is one map and how to make keys and elems for it.
type subject[K comparable, V any] struct {
	m    *map[K]V
	key  func(int) K
	elem func(int) V
}

// changer does n random operations on one map.
type changer interface {
	change(random *rand.Rand, n int)
	register()
}

var subjects []changer

func makeOps() {
	o := &ops
	inner := func(i int) map[int]int { return intMap(i % 40) }
	subjects = []changer{
		newSubject(&o.ints, same, same),
		newSubject(&o.strings, name, name),
		newSubject(&o.set, name, zero[struct{}]),
		newSubject(&o.big, func(i int) int64 { return int64(i) }, zero[[200]byte]),
		newSubject(&o.bigKeys, func(i int) key129 { return key129{byte(i), byte(i >> 8)} }, zero[int32]),
		newSubject(&o.wide, func(i int) [3]uint64 { return [3]uint64{uint64(i), 1, 2} }, zero[bool]),
		newSubject(&o.any, mixedKey, same),
		newSubject(&o.floats, floatKey, zero[uint8]),
		newSubject(&o.bytes, func(i int) uint8 { return uint8(i) }, func(i int) *int { return &i }),
		newSubject(&o.wideElem, func(i int) uint32 { return uint32(i) }, zero[[128]byte]),
		newSubject(&o.nested, func(i int) int { return i % 300 }, inner),
	}
	registerOps()
}

func newSubject[K comparable, V any](m *map[K]V, key func(int) K, elem func(int) V) changer {
	*m = map[K]V{}
	return &subject[K, V]{m: m, key: key, elem: elem}
}

// opsFields names the fields of ops in the order of subjects.
var opsFields = []string{
	"ints", "strings", "set", "big", "bigKeys", "wide", "any", "floats", "bytes", "wideElem", "nested",
}

// registerOps says anew where the maps are: operations replace some of them.
func registerOps() {
	kept := registry[:0]
	for _, e := range registry {
		if !isOps(e.label) {
			kept = append(kept, e)
		}
	}
	registry = kept
	for _, s := range subjects {
		s.register()
	}
}

const opsLabel = "ops "

func isOps(label string) bool { return len(label) > len(opsLabel) && label[:len(opsLabel)] == opsLabel }

func (s *subject[K, V]) register() {
	for i := range subjects {
		if subjects[i] == changer(s) {
			add(opsLabel+opsFields[i], *s.m, "main.ops."+opsFields[i])
		}
	}
}

// opsNested returns the maps in ops.nested, which come and go.
func opsNested() []*entry {
	before := registry
	registry = nil
	for i, m := range ops.nested {
		add(opsLabel+"nested "+itoa(i), m, "main.ops.nested[...]")
	}
	found := registry
	registry = before
	return found
}

func doOps(seed int64, n int) {
	runGC() // what earlier operations left behind would only make the heap large
	random := rand.New(rand.NewSource(seed))
	for _, s := range subjects {
		s.change(random, n)
	}
	registerOps()
}

// change goes through phases that do mostly one thing, as programs do.
func (s *subject[K, V]) change(random *rand.Rand, n int) {
	keys := 1 << (2 + random.Intn(14))
	for n > 0 {
		length := 1 + random.Intn(n)
		n -= length
		s.phase(random, length, keys)
	}
}

func (s *subject[K, V]) phase(random *rand.Rand, length, keys int) {
	switch choice := random.Intn(20); {
	case choice < 9:
		s.mix(random, length, keys, 90)
	case choice < 14:
		s.mix(random, length, keys, 10)
	case choice < 16:
		s.mix(random, length, keys, 50)
	case choice == 16:
		clear(*s.m)
	case choice == 17:
		*s.m = make(map[K]V, random.Intn(3000))
	default:
		s.thin(random)
	}
}

// mix writes and deletes; share is how many of a hundred operations write.
func (s *subject[K, V]) mix(random *rand.Rand, n, keys, share int) {
	for ; n > 0; n-- {
		i := random.Intn(keys)
		if random.Intn(100) < share {
			(*s.m)[s.key(i)] = s.elem(i)
		} else {
			delete(*s.m, s.key(i))
		}
	}
}

// thin deletes some entries while ranging over the map.
func (s *subject[K, V]) thin(random *rand.Rand) {
	for k := range *s.m {
		if random.Intn(3) == 0 {
			delete(*s.m, k)
		}
	}
}

func mixedKey(i int) any {
	switch i % 4 {
	case 0:
		return i
	case 1:
		return name(i)
	case 2:
		return float64(i)
	}
	return point{int32(i), 2}
}

func floatKey(i int) float64 {
	if i%17 == 0 {
		return math.NaN()
	}
	return float64(i)
}
