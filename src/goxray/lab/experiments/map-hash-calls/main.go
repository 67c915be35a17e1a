// Which code hashes a key: a function of the key's type that is called through a pointer, or code in the map functions.
package main

import (
	"fmt"
	"math/bits"
	"strconv"
	"unsafe"
)

type point struct{ X, Y int }
type hidden struct{ x, y int }

// kind of key: the compiler binds the operations to it.
type kind[K comparable] struct {
	name string
	make func(i int) K
	set  func(m map[K]int64, key K, value int64)
	get  func(m map[K]int64, key K) int64
}

var sum int64

// calls counts the hash function's calls of an assignment and a lookup in maps of two sizes.
func (k kind[K]) calls() {
	t := tapOf(map[K]int64(nil))
	for _, count := range []int{7, 48, 1000} {
		m := make(map[K]int64, count)
		for i := 0; i < count; i++ {
			k.set(m, k.make(i), 1)
		}
		// Twice as many lookups and assignments to present keys as there are keys: the map does not change.
		t.on()
		t.calls = 0
		for i := 0; i < 2*count; i++ {
			sum += k.get(m, k.make(i%count))
		}
		lookups := t.calls
		t.calls = 0
		for i := 0; i < 2*count; i++ {
			k.set(m, k.make(i%count), 2)
		}
		assignments := t.calls
		t.off()
		where := fmt.Sprintf("%s, %d entries", k.name, count)
		perLookup, perAssignment := float64(lookups)/float64(2*count), float64(assignments)/float64(2*count)
		if count < 1000 && k.name != "string keys" {
			emit("lookup, "+where, "calls_in_small_maps", perLookup, "1")
			emit("assignment, "+where, "calls_in_small_maps", perAssignment, "1")
		}
		if count == 1000 {
			emit(k.name, "calls_in_large_maps", perAssignment, "1")
		}
		if k.name == "uint64 keys" && count != 48 {
			emit(fmt.Sprintf("lookup, %d entries", count), "calls_of_the_fast_path", perLookup, "1")
			emit(fmt.Sprintf("assignment, %d entries", count), "calls_of_the_fast_path", perAssignment, "1")
		}
	}
}

// specialised assigns to a nil map, which panics, and looks at which map function did.
func (k kind[K]) specialised() {
	defer func() {
		recover()
		truth(k.name, "specialised", onStack("mapassign_fast", functions()))
	}()
	var none map[K]int64
	k.set(none, k.make(0), 1)
}

func kinds() (kind[uint64], kind[string], kind[point]) {
	return kind[uint64]{
		"uint64 keys", func(i int) uint64 { return uint64(i) },
		func(m map[uint64]int64, key uint64, value int64) { m[key] = value },
		func(m map[uint64]int64, key uint64) int64 { return m[key] },
	}, kind[string]{
		"string keys", func(i int) string { return strconv.Itoa(i) },
		func(m map[string]int64, key string, value int64) { m[key] = value },
		func(m map[string]int64, key string) int64 { return m[key] },
	}, kind[point]{
		"struct{X, Y int} keys", func(i int) point { return point{i, i} },
		func(m map[point]int64, key point, value int64) { m[key] = value },
		func(m map[point]int64, key point) int64 { return m[key] },
	}
}

func count() {
	numbers, texts, points := kinds()
	numbers.calls()
	texts.calls()
	points.calls()
	numbers.specialised()
	texts.specialised()
	kind[int32]{
		name: "int32 keys", make: func(i int) int32 { return int32(i) },
		set: func(m map[int32]int64, key int32, value int64) { m[key] = value },
	}.specialised()
	points.specialised()

	// What is on the stack when a key with unexported fields is hashed.
	m := map[hidden]int64{}
	t := tapOf(m)
	t.on()
	t.look = true
	m[hidden{1, 2}] = 3
	t.off()
	truth("", "hash_was_seen", onStack("mapassign", t.frames))
	truth("", "reflection_on_the_stack", onStack("reflect.", t.frames))
}

// printed is the mixing of a 64-bit key that the article prints.
func printed(key uint64) uint32 {
	h := uint32(key) * 2654435761
	h ^= h >> 16
	h *= 2654435761
	h ^= h >> 16
	h *= 2654435761
	h ^= h >> 16
	return h
}

// finish is MurmurHash3's mixer of 32 bits, by Austin Appleby's description.
func finish(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	h ^= h >> 16
	return h
}

func mix() {
	m := map[uint64]int64{1: 1}
	hash := *tapOf(m).at
	agree, murmur, seeds := 0, 0, map[uint32]bool{}
	for key := uint64(1); key <= 1000; key++ {
		if given := hash(unsafe.Pointer(&key), 0); uint32(given) == printed(key) || uint32(given>>32) == printed(key) {
			agree++
		}
		if finish(uint32(key)) == printed(key) {
			murmur++
		}
		one := uint64(1)
		seeds[uint32(hash(unsafe.Pointer(&one), uintptr(key)))] = true
	}
	emit("", "agrees_with_the_printed_hash", float64(agree)/1000, "1")
	emit("", "hashes_of_one_key_by_seed", float64(len(seeds)), "1")
	emit("", "agrees_with_murmur3", float64(murmur)/1000, "1")
	number, err := strconv.ParseUint("9e3779b9", 16, 32)
	if err != nil || bits.OnesCount64(number) == 0 {
		panic(err)
	}
	emit("", "0x9e3779b9", float64(number), "1")
}

// timed emits the time of a lookup.
func timed[K comparable](key func(i int) K, get func(m map[K]int64, key K) int64) {
	m := make(map[K]int64, 1000)
	keys := make([]K, 1024)
	for i := range keys {
		keys[i] = key(i)
		m[keys[i]] = int64(i)
	}
	emit("", "lookup_ns", nsFastest(func(rounds int) {
		for i := 0; i < rounds; i++ {
			sum += get(m, keys[i&1023])
		}
	})[0], "ns")
}

func main() {
	lab(map[string]func(){
		"count": func() { count(); mix() },
		"exported": func() {
			timed(func(i int) point { return point{i, i} }, func(m map[point]int64, key point) int64 { return m[key] })
		},
		"unexported": func() {
			timed(func(i int) hidden { return hidden{i, i} }, func(m map[hidden]int64, key hidden) int64 { return m[key] })
		},
	})
}
