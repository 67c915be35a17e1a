// What delete leaves in the slot of a deleted entry, and what the marks of empty slots do to searches and inserts.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// keys of one kind: how to make the i-th, and the map's operations, which the compiler binds to the kind of key.
type keys[K comparable] struct {
	name string
	make func(i int) K
	get  func(m map[K]int64, key K) bool
	drop func(m map[K]int64, key K)
}

func (k keys[K]) filled(count int) map[K]int64 {
	m := make(map[K]int64, count)
	for i := 0; i < count; i++ {
		m[k.make(i)] = 0x7a1e_7a1e
	}
	kept = m
	return m
}

var kept any

func nonzero(at unsafe.Pointer, size uintptr) (count int) {
	for _, each := range unsafe.Slice((*byte)(at), size) {
		if each != 0 {
			count++
		}
	}
	return count
}

// leave deletes an entry of a full bucket and looks at what is left in its slot.
func (k keys[K]) leave(where string, slot int) {
	m := k.filled(8)
	var all *mapSlots[K, int64]
	entriesOf(headerOf(m), func(e mapEntry[K, int64]) { all = e.slots })
	key := *all.key(slot)
	k.drop(m, key)
	name := k.name + ", " + where
	emit(name, "mark", float64(all.marks[slot]), "1")
	emit(name, "key_bytes_left", float64(nonzero(unsafe.Pointer(all.key(slot)), unsafe.Sizeof(key))), "bytes")
	emit(name, "value_bytes_left", float64(nonzero(unsafe.Pointer(all.elem(slot)), 8)), "bytes")
}

// mask marks the first slot of a bucket as never filled and looks for the key in its third slot.
func (k keys[K]) mask(where string, count int) {
	m := k.filled(count)
	var chosen *mapSlots[K, int64]
	entriesOf(headerOf(m), func(e mapEntry[K, int64]) {
		if e.slot == 2 && e.link == 0 && searched(e, hashOf(m, *e.slots.key(2))) {
			chosen = e.slots
		}
	})
	if chosen == nil {
		fmt.Fprintln(os.Stderr, k.name, where, "there is no bucket with three entries")
		os.Exit(1)
	}
	third := *chosen.key(2)
	name := k.name + ", " + where
	truth(name, "found_before", k.get(m, third))
	chosen.marks[0] = rest
	truth(name, "found_behind_never_filled", k.get(m, third))
}

// run deletes three entries that lie side by side and counts how many are marked as if nothing came after them.
func (k keys[K]) run(where string, from int) {
	m := k.filled(8)
	var all *mapSlots[K, int64]
	entriesOf(headerOf(m), func(e mapEntry[K, int64]) { all = e.slots })
	rests := 0
	for slot := from; slot < from+3; slot++ {
		k.drop(m, *all.key(slot))
	}
	for slot := from; slot < from+3; slot++ {
		if all.marks[slot] == 0 {
			rests++
		}
	}
	emit(where, "marked_empty_rest", float64(rests), "1")
}

func (k keys[K]) all() {
	k.leave("others behind it", 3)
	k.leave("last of its bucket", 7)
	k.mask("one bucket", 8)
	k.mask("many buckets", 1000)
}

// clean looks at what is cleaned up of a deleted entry while the map does not grow.
func clean() {
	m := map[int64]*[64]byte{}
	kept = m // on the heap: a stack may move
	var gone atomic.Bool
	func() {
		watched := new([64]byte)
		runtime.SetFinalizer(watched, func(*[64]byte) { gone.Store(true) })
		for i := int64(0); i < 8; i++ {
			if m[i] = nil; i == 3 {
				m[i] = watched
			}
		}
	}()
	array := func() (at unsafe.Pointer) {
		entriesOf(headerOf(m), func(e mapEntry[int64, *[64]byte]) { at = unsafe.Pointer(e.slots) })
		return at
	}
	before := array()
	delete(m, 3)
	for deadline := time.Now().Add(5 * time.Second); !gone.Load() && time.Now().Before(deadline); {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	truth("object behind the value", "cleaned_without_growth", gone.Load() && array() == before)
	m[100] = nil
	slot := -1
	entriesOf(headerOf(m), func(e mapEntry[int64, *[64]byte]) {
		if *e.slots.key(e.slot) == 100 {
			slot = e.slot
		}
	})
	truth("slot for the next key", "cleaned_without_growth", slot == 3 && array() == before)
	runtime.KeepAlive(m)

	// The mark of a slot that has been in use, with filled ones around it.
	large := make(map[int64]int64, 10_000)
	for i := int64(0); i < 10_000; i++ {
		large[i] = i
	}
	var full *mapSlots[int64, int64]
	entriesOf(headerOf(large), func(e mapEntry[int64, int64]) {
		if e.slot == 7 {
			full = e.slots
		}
	})
	delete(large, *full.key(3))
	truth("mark of a slot between filled ones", "cleaned_without_growth", full.marks[3] == rest)
}

func measure() {
	numbers := keys[int64]{
		"int64 keys", func(i int) int64 { return 0x5eed_0000 + int64(i) },
		func(m map[int64]int64, key int64) bool { _, found := m[key]; return found },
		func(m map[int64]int64, key int64) { delete(m, key) },
	}
	strings := keys[string]{
		"string keys", func(i int) string { return fmt.Sprintf("key %06d", i) },
		func(m map[string]int64, key string) bool { _, found := m[key]; return found },
		func(m map[string]int64, key string) { delete(m, key) },
	}
	pairs := keys[[2]string]{
		"[2]string keys", func(i int) [2]string { return [2]string{fmt.Sprintf("key %06d", i), "second"} },
		func(m map[[2]string]int64, key [2]string) bool { _, found := m[key]; return found },
		func(m map[[2]string]int64, key [2]string) { delete(m, key) },
	}
	numbers.all()
	strings.all()
	pairs.all()
	numbers.run("a run at the end of the bucket", 5)
	numbers.run("a run with an entry behind it", 2)
	clean()
}

func main() { lab(map[string]func(){"main": measure}) }
