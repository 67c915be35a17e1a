//go:build !go1.24

package main

import (
	"fmt"
	"math/rand"
	"os"
	"unsafe"
)

// bucketBytes is the size of a bucket of map[int]int: eight states, keys and values, and the overflow pointer.
const bucketBytes = 8 + 8*8 + 8*8 + 8

// moved counts the buckets of an old array that were migrated: runtime/map.go, evacuated().
func moved(old unsafe.Pointer, buckets int) int {
	number := 0
	for i := 0; i < buckets; i++ {
		const emptyOne, minTopHash = 1, 5
		if top := *(*uint8)(unsafe.Add(old, i*bucketBytes)); top > emptyOne && top < minTopHash {
			number++
		}
	}
	return number
}

// growing returns a map whose growth has just begun, and the number of its entries.
func growing(b uint8) (map[int]int, int) {
	m := map[int]int{}
	kept = m
	for i := 0; ; i++ {
		m[i] = i
		if h := headerOf(m); h.b == b && h.oldbuckets != nil {
			return m, i + 1
		}
	}
}

// oldArray prints with how many inserts the map had an old array, although no cycle of the collector ran.
func oldArray() {
	m := map[int]int{}
	kept = m
	before := memStats().NumGC
	seen := 0
	for i := 0; i < 20000; i++ {
		m[i] = i
		if headerOf(m).oldbuckets != nil {
			seen++
		}
	}
	emit("no GC runs", "inserts_with_old_array", float64(seen), "1")
	emit("no GC runs", "gc_cycles", float64(memStats().NumGC-before), "1")
}

// finished prints how far the counter is when a growth has ended, as a part of the present number of buckets.
func finished() {
	m, entries := growing(10)
	h := headerOf(m)
	for i := 0; h.oldbuckets != nil; i++ {
		m[i%entries] = i
	}
	emit("doubled", "nevacuate_share", float64(h.nevacuate)/float64(uint64(1)<<h.b), "1")

	// Entries come and go, and leave chains behind: until the map is rebuilt in as many buckets.
	m = map[int]int{}
	h = headerOf(m)
	kept = m
	source := rand.New(rand.NewSource(1))
	fresh := 0
	for len(m) < 1400 {
		m[fresh] = 1
		fresh++
	}
	size := h.b
	for round := 0; h.oldbuckets == nil; round++ {
		for key := range m {
			if source.Intn(2) == 0 {
				delete(m, key)
			}
		}
		for len(m) < 1400 && h.oldbuckets == nil {
			m[fresh] = 1
			fresh++
		}
		if round > 5000 || h.b != size {
			fmt.Fprintln(os.Stderr, "the map was not rebuilt in as many buckets")
			return
		}
	}
	for i := fresh - 1; h.oldbuckets != nil; i-- {
		m[i] = 1
	}
	emit("rebuilt in as many buckets", "nevacuate_share", float64(h.nevacuate)/float64(uint64(1)<<h.b), "1")
}

// steps prints how many buckets an operation migrates, over the first hundred of them.
func steps(where string, operation func(m map[int]int, i int)) {
	m, _ := growing(12)
	h := headerOf(m)
	old, buckets := h.oldbuckets, 1<<(h.b-1)
	const times = 100
	before := moved(old, buckets)
	for i := 0; i < times; i++ {
		operation(m, i)
	}
	emit(where, "moved_per_operation", float64(moved(old, buckets)-before)/times, "1")
}

var sum int

func states() {
	oldArray()
	finished()
	steps("read", func(m map[int]int, i int) { sum += m[i] })
	steps("write", func(m map[int]int, i int) { m[i] = -i })
	steps("delete", func(m map[int]int, i int) { delete(m, i) })
	steps("range over 100", func(m map[int]int, i int) {
		if i == 0 {
			left := 100
			for k := range m {
				sum += k
				if left--; left == 0 {
					break
				}
			}
		}
	})
}
