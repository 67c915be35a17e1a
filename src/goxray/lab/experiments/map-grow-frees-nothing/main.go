// What inserting allocates and frees while the collector is off: frees counted, and the largest step of one insert.
package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
)

var kept any

// inserts prints what so many inserts into a fresh map freed, and which part of what they allocated is still held.
func inserts(where string, insert func(i int), times int) {
	heapLive()
	before := memStats()
	for i := 0; i < times; i++ {
		insert(i)
	}
	after := memStats()
	emit(where, "freed_objects", float64(after.Frees-before.Frees), "1")
	emit(where, "gc_cycles", float64(after.NumGC-before.NumGC), "1")
	allocated := float64(after.TotalAlloc - before.TotalAlloc)
	emit(where, "allocated_bytes", allocated, "bytes")
	// Memory that was freed by whatever way would be used again.
	emit(where, "in_use_grew", float64(after.HeapInuse)-float64(before.HeapInuse), "bytes")
	live := float64(heapLive()) - float64(before.HeapAlloc)
	emit(where, "outgrown_share", 1-live/allocated, "1")
}

// steps prints the largest number of bytes that a single insert of the second half allocated, beside what the whole map takes at the end.
func steps(where string, entries int) {
	base := heapLive()
	m := map[int]int{}
	kept = m
	for i := 0; i < entries/2; i++ {
		m[i] = i
	}
	largest, last := uint64(0), memStats().TotalAlloc
	for i := entries / 2; i < entries; i++ {
		m[i] = i
		now := memStats().TotalAlloc
		if now-last > largest {
			largest = now - last
		}
		last = now
	}
	size := float64(heapLive() - base)
	emit(where, "largest_step", float64(largest), "bytes")
	emit(where, "step_share", float64(largest)/size, "1")
	kept = nil
}

func measure() {
	debug.SetGCPercent(-1)
	var ints map[int]int
	inserts("map[int]int", func(i int) {
		if i == 0 {
			ints = map[int]int{}
		}
		ints[i] = i
	}, 60000)
	keys := make([]string, 20000)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
	}
	var texts map[string]*int
	inserts("map[string]*int", func(i int) {
		if i == 0 {
			texts = map[string]*int{}
		}
		texts[keys[i]] = nil
	}, len(keys))
	runtime.KeepAlive(ints)
	runtime.KeepAlive(texts)

	steps("1,000 entries", 1000)
	steps("12,000 entries", 12000)
}

func main() { lab(map[string]func(){"main": measure}) }
