// Whether an overflow bucket whose entries were all deleted is given to another bucket that needs one.
package main

import "unsafe"

// overflow returns the overflow buckets that a bucket has, by address.
func overflow(h *mapHeader, bucket int) map[unsafe.Pointer]bool {
	found := map[unsafe.Pointer]bool{}
	for _, array := range arraysOf[forgedKey, int64](h) {
		if bucket >= len(array) {
			continue
		}
		for each := array[bucket].next(); each != nil; each = each.next() {
			found[unsafe.Pointer(each)] = true
		}
	}
	return found
}

func measure() {
	const keys = 40 // five buckets full
	f := forge(200)
	fill := func(bucket uint64) {
		for id := uint64(0); id < keys; id++ {
			f.set(bucket, id)
		}
	}
	fill(3)
	first := overflow(f.header(), 3)
	for id := uint64(0); id < keys; id++ {
		f.remove(3, id)
	}
	emit("", "entries_after_deleting", float64(f.value.Len()), "1")
	kept := len(overflow(f.header(), 3))
	fill(5)
	second := overflow(f.header(), 5)
	again := 0
	for each := range second {
		if first[each] {
			again++
		}
	}
	emit("", "overflow_buckets_of_the_first", float64(len(first)), "1")
	emit("", "still_chained_when_empty", float64(kept), "1")
	emit("", "overflow_buckets_of_the_second", float64(len(second)), "1")
	emit("", "taken_from_emptied_ones", float64(again), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
