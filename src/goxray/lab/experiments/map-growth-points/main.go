// When a map grows, what a growth does at once and what later operations do, and what a growth of the same size is.
package main

import (
	"fmt"
	"math/bits"
	"runtime"
	"unsafe"
)

var kept any

// places returns how many buckets or groups a map has.
func places(m map[int64]int64) int { return bucketsOf(headerOf(m)) }

func named(count int) string {
	if count == 1 {
		return "1 bucket"
	}
	return fmt.Sprint(count, " buckets")
}

// grow inserts keys one by one and tells of each growth: how many entries there were before, and whether an old array is
// there after the insert that began it.
func grow() {
	m := make(map[int64]int64)
	kept = m // on the heap: a map on a goroutine's stack is born with its first bucket
	h := headerOf(m)
	emit("", "buckets_before_the_first_write", float64(places(m)), "1")
	m[0] = 0
	emit("", "buckets_after_the_first_write", float64(places(m)), "1")
	truth("", "first_write_begins_a_growth", growing(h) || places(m) > 1)
	sizes := map[int]bool{places(m): true}
	seenGrowing := false
	for i := int64(1); places(m) <= 64; i++ {
		before := places(m)
		m[i] = i
		seenGrowing = seenGrowing || growing(h)
		if places(m) == before {
			continue
		}
		emit(named(before), "grows_at_entry", float64(i+1), "1")
		emit(named(before), "load_before", float64(i)/float64(before), "1")
		truth(named(before), "old_array_after", oldArray(h) != nil)
		if served(m, i) {
			sizes[places(m)] = true
		}
	}
	truth("", "a_growth_was_seen", seenGrowing || swiss)
	emit("", "sizes_of_one_lookup", float64(len(sizes)), "1")
}

// cost tells what filling a map allocates in all: each growth, a new array.
func cost() {
	for _, entries := range []int64{8, 100, 500} {
		bytes, objects := allocatedBy(func() {
			m := make(map[int64]int64)
			kept = m
			for i := int64(0); i < entries; i++ {
				m[i] = i
			}
		})
		name := fmt.Sprint(entries, " entries")
		emit(name, "allocated", float64(bytes), "bytes")
		emit(name, "objects", float64(objects), "1")
	}
}

// served reports whether one place in the compiled code finds all keys up to last.
//
//go:noinline
func served(m map[int64]int64, last int64) bool {
	for i := int64(0); i <= last; i++ {
		if m[i] != i {
			return false
		}
	}
	return true
}

// move brings a map into (or, where a growth is over within one operation, right before) a growth and then counts of
// how many places of the old array each operation of a kind moves the entries.
func move() {
	m := make(map[int64]int64)
	h := headerOf(m)
	key := int64(0)
	const operations = 50
	by := func(operate func(key int64)) float64 {
		before, old := moved[int64, int64](h), array(h)
		all := places(m)
		for i := int64(0); i < operations; i++ {
			operate(i)
		}
		if array(h) != old {
			return float64(all) / operations
		}
		return float64(moved[int64, int64](h)-before) / operations
	}
	for ; !ready(h, places(m)); key++ {
		m[key] = key
	}
	sum := int64(0)
	emit("lookup", "moved_per_operation", by(func(i int64) { sum += m[i] }), "1")
	emit("", "moved_per_delete", by(func(i int64) { delete(m, -1-i) }), "1")
	emit("assignment", "moved_per_operation", by(func(i int64) { m[1_000_000+i] = i }), "1")
	runtime.KeepAlive(sum)
}

// churn makes many overflow buckets with few live entries, which is what a growth of the same size is for: keys of one
// hash are inserted and deleted, then those of the next. The map's load stays far under the one at which it doubles.
func churn() {
	f := forge(50)
	h := f.header()
	growths, rise, extra, live := 0, 0, 0, 0
	var before unsafe.Pointer
	for hash := uint64(0); hash < 16 && growths == 0; hash++ {
		for id := uint64(0); id < 40; id++ {
			before = array(h)
			was, hashed := bucketsOf(h), f.hashed
			f.set(hash<<7|hash, id)
			live++
			if array(h) == before {
				continue
			}
			// All of the growth's work: assignments to a key that is there, until the old array is gone.
			same := sameSize(h, was, bucketsOf(h))
			operations := 1
			for ; oldArray(h) != nil; operations++ {
				f.set(hash<<7|hash, id)
			}
			if same {
				growths++
				rise, extra = bits.Len(uint(bucketsOf(h)))-bits.Len(uint(was)), f.hashed-hashed-operations
				break
			}
		}
		if growths > 0 {
			break
		}
		for id := uint64(0); id < 40; id++ {
			f.remove(hash<<7|hash, id)
			live--
		}
	}
	emit("", "growths_of_the_same_size", float64(growths), "1")
	if growths > 0 {
		emit("", "rise_of_b", float64(rise), "1")
		emit("", "rehashed_per_entry", float64(extra)/float64(live), "1")
	}
	// The counter sees the rehashing of a growth to twice the size.
	f = forge(0)
	h = f.header()
	for id := uint64(0); id < 27; id++ {
		f.set(id*0x9e37_79b9_7f4a_7c15, id)
	}
	emit("", "rehashed_when_doubling", float64(f.hashed-27), "1")
}

func main() {
	lab(map[string]func(){"main": func() { cost(); grow(); move(); churn() }})
}
