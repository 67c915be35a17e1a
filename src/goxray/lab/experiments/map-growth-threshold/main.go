// When a map starts to grow: entries per bucket, overflow buckets per bucket, and what seven inserts leave.
package main

import (
	"fmt"
	"unsafe"
)

// byLoad inserts into an empty map and notes how many entries a bucket there were when an insert made it grow.
func byLoad() {
	m := make(map[int64]int64)
	wanted := map[int]bool{1: true, 2: true, 4: true, 16: true, 64: true}
	for key := int64(0); key < 1000; key++ {
		before, entries := bucketsOf(headerOf(m)), len(m)
		m[key] = key
		if after := bucketsOf(headerOf(m)); after != before && wanted[before] {
			emit(cases(before), "entries_per_bucket", float64(entries)/float64(before), "1")
		}
	}
}

func cases(buckets int) string {
	if buckets == 1 {
		return "1 bucket"
	}
	return fmt.Sprintf("%d buckets", buckets)
}

// byOverflow fills bucket after bucket over the brim and empties it again, until the few entries with many overflow
// buckets make the map grow. Which bucket a key goes to is asked of the map's own hash function.
func byOverflow(b uint8) {
	m := make(map[int64]int64, 6<<b)
	h := classicOf(m)
	if h.b != b {
		return
	}
	next := int64(0)
	array := h.buckets
	for at := uintptr(0); next < 1e6; at = (at + 1) % (1 << b) {
		var keys []int64
		for ; len(keys) < 9 && next < 1e6; next++ {
			if hashOf(m, next)&(1<<b-1) == at {
				keys = append(keys, next)
			}
		}
		for _, key := range keys {
			before := h.noverflow
			m[key] = key
			if h.buckets != array { // the growth of a small map is over when the insert returns
				emit(cases(1<<b), "overflow_per_bucket", float64(before)/float64(uint(1)<<b), "1")
				return
			}
		}
		for _, key := range keys[1:] {
			delete(m, key)
		}
	}
}

// seven inserts into the map that the article makes, and looks at it; then goes on until it grows.
func seven() {
	m := make(map[string]int, 0)
	for i := 0; i < 7; i++ {
		m[fmt.Sprintf("key-%d", i)] = i
	}
	emit("", "buckets_after_7", float64(bucketsOf(headerOf(m))), "1")
	overflow := 0.0
	if !swiss {
		h := classicOf(m)
		overflow = float64(h.noverflow)
		// A bucket of map[string]int: 8 bytes of hash tops, 8 keys, 8 elems, the overflow pointer.
		if *(*unsafe.Pointer)(unsafe.Add(h.buckets, 8+8*16+8*8)) != nil {
			overflow++
		}
	}
	emit("", "overflow_after_7", overflow, "1")
	at := bucketsOf(headerOf(m))
	for bucketsOf(headerOf(m)) == at && len(m) < 1000 {
		m[fmt.Sprintf("key-%d", len(m))] = 0
	}
	emit("", "insert_that_grows", float64(len(m)), "1")
}

func measure() {
	byLoad()
	if !swiss {
		for _, b := range []uint8{1, 2, 4, 6} {
			byOverflow(b)
		}
	}
	seven()
}

func main() { lab(map[string]func(){"main": measure}) }
