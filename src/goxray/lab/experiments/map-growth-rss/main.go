// What resident memory does when a map's array is replaced by a larger one: at once, and after a collection.
package main

import (
	"runtime"
	"runtime/debug"
)

const log2Buckets = 15

// grown returns a map that has just outgrown its arrays and moved all of its entries to larger ones.
func grown() map[int64]int64 {
	m := make(map[int64]int64, 6<<log2Buckets)
	key := int64(0)
	for ; key < 6<<log2Buckets; key++ {
		m[key] = key
	}
	if swiss {
		for ; key < 9<<log2Buckets; key++ { // each table has outgrown 7 of 8 slots or split
			m[key] = key
		}
		return m
	}
	h := classicOf(m)
	for before := h.b; h.b == before || h.oldbuckets != nil; key++ {
		m[key] = key
	}
	return m
}

func measure() {
	debug.SetGCPercent(-1) // the old arrays are there until the program asks for a collection
	start := resident()
	m := grown()
	after := resident()
	debug.SetGCPercent(100) // the scavenger in the background works as it always does
	runtime.GC()
	collected := resident()
	debug.FreeOSMemory()
	returned := resident()
	old := after - returned
	emit("", "map_resident", after-start, "bytes")
	emit("", "old_arrays_resident", old, "bytes")
	emit("", "fallen_after_gc", 100*(after-collected)/old, "percent")
	truth("", "half_fallen_after_gc", after-collected >= old/2)
	truth("", "old_arrays_seen", old > 3e6)
	// Within the growth itself: nothing was returned before a collection.
	truth("", "fallen_before_gc", after < start)
	runtime.KeepAlive(m)
}

func main() { lab(map[string]func(){"main": measure}) }
