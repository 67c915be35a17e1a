// How overflow buckets hang together, what a delete does to their chain, and where growth takes the next one from.
package main

import (
	"runtime"
	"unsafe"
)

const (
	log2Buckets = 5
	slots       = 8
	// A bucket of map[int64]int64 without what it points with: marks, keys, elems.
	plainBucket = 8 + slots*16
)

// sharing returns keys that all belong into bucket 0 of m.
func sharing(m map[int64]int64, wanted int) []int64 {
	var keys []int64
	for key := int64(0); len(keys) < wanted; key++ {
		if hashOf(m, key)&(1<<log2Buckets-1) == 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

// chained returns how many buckets follow each other from bucket 0 on, it included.
func chained(m map[int64]int64) int {
	count := 0
	for bucket := classicOf(m).buckets; bucket != nil; count++ {
		bucket = *(*unsafe.Pointer)(unsafe.Add(bucket, plainBucket))
	}
	return count
}

func chain() {
	m := make(map[int64]int64, 6<<log2Buckets)
	emit("", "pointers_per_bucket", float64(*typeOf(m).bucket-plainBucket)/8, "1")
	if swiss {
		return
	}
	keys := sharing(m, 3*slots)
	for _, key := range keys {
		m[key] = key
	}
	emit("before the deletes", "buckets_in_chain", float64(chained(m)), "1")
	for _, key := range keys[slots : 2*slots] { // those of the second bucket
		delete(m, key)
	}
	emit("after the deletes", "buckets_in_chain", float64(chained(m)), "1")
}

// within tells whether the next overflow bucket will come from the array that starts at buckets.
func within(h *classicMap, buckets unsafe.Pointer, log2 uint8) bool {
	if h.extra == nil || h.extra.nextOverflow == nil {
		return false
	}
	count := uintptr(1) << log2
	start := uintptr(buckets) + count*(plainBucket+8)
	// A sixteenth more buckets, and what the rounding to a size class leaves: at most an eighth.
	end := uintptr(buckets) + (count+count/16)*(plainBucket+8)*9/8
	next := uintptr(h.extra.nextOverflow)
	return start <= next && next < end
}

func nextOverflow() {
	if swiss {
		truth("", "next_in_first_array", false)
		truth("", "next_in_new_array", false)
		return
	}
	m := make(map[int64]int64, 6<<log2Buckets)
	h := classicOf(m)
	first := h.buckets
	truth("", "next_in_first_array", within(h, first, h.b))
	for key := int64(0); h.oldbuckets == nil; key++ {
		m[key] = key
	}
	truth("", "next_in_new_array", within(h, h.buckets, h.b) && !within(h, first, h.b-1))
	runtime.KeepAlive(m)
}

func measure() {
	chain()
	nextOverflow()
}

func main() { lab(map[string]func(){"main": measure}) }
