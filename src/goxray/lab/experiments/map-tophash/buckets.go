//go:build !go1.24

package main

import "unsafe"

// chains walks all buckets of a map and prints the most entries that a bucket has, and the buckets that hang on others.
func chains() {
	const entries, bucketBytes = 3000, 8 + 8*8 + 8*8 + 8
	m := make(map[int]int, entries)
	for i := 0; i < entries; i++ {
		m[i] = i
	}
	kept = m
	h := headerOf(m)
	most, hanging, found := 0, 0, 0
	for i := 0; i < bucketsOf(h); i++ {
		for bucket := unsafe.Add(h.buckets, i*bucketBytes); bucket != nil; {
			used := 0
			for slot := 0; slot < 8; slot++ {
				const minTopHash = 5
				if *(*uint8)(unsafe.Add(bucket, slot)) >= minTopHash {
					used++
				}
			}
			found += used
			if used > most {
				most = used
			}
			bucket = *(*unsafe.Pointer)(unsafe.Add(bucket, bucketBytes-8))
			if bucket != nil {
				hanging++
			}
		}
	}
	emit("", "entries_found", float64(found)/entries, "1")
	emit("", "most_in_a_bucket", float64(most), "1")
	emit("", "buckets_in_chains", float64(hanging), "1")
}
