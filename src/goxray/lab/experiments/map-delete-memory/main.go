// What a map keeps of its memory after its entries were deleted, after collections, after clear and after a growth.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

const entries = 100_000

var kept any

// measured fills a map, deletes all entries, and emits how much of its live memory is left.
func measured[K comparable, V any](name string, count int, entry func(i int) (K, V)) {
	kept = nil
	base := heapLive()
	m := make(map[K]V, count) // so that no growth is going on, whose old array would go away meanwhile
	kept = m
	for i := 0; i < count; i++ {
		key, value := entry(i)
		m[key] = value
	}
	full := heapLive() - base
	for i := 0; i < count; i++ {
		key, _ := entry(i)
		delete(m, key)
	}
	left := heapLive() - base
	emit(name, "live_share_after_delete", float64(left)/float64(full), "1")
	emit(name, "entries_left", float64(len(m)), "1")
	runtime.KeepAlive(m)
	kept = nil
}

func kinds() {
	measured("numbers in the map", entries, func(i int) (int64, int64) { return int64(i), int64(i) })
	measured("values behind pointers", entries/10, func(i int) (int64, *[64]byte) { return int64(i), new([64]byte) })
	measured("texts as keys", entries/10, func(i int) (string, int64) { return fmt.Sprintf("a key with some text %09d", i), 1 })
	measured("keys of 200 bytes", entries/10, func(i int) ([25]int64, int64) { return [25]int64{int64(i)}, 1 })
}

func fill(m map[int64]int64, from, to int64) {
	for i := from; i < to; i++ {
		m[i] = i
	}
}

func empty(m map[int64]int64, from, to int64) {
	for i := from; i < to; i++ {
		delete(m, i)
	}
}

// allocated returns the bytes that f allocates.
func allocated(f func()) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

func numbers(count int64) map[int64]int64 {
	m := make(map[int64]int64, count)
	kept = m
	fill(m, 0, count)
	return m
}

func life() {
	base := heapLive()
	live := func() float64 { return float64(heapLive() - base) }
	m := numbers(entries)
	full := live()
	emit("filled", "live_bytes", full, "bytes")
	empty(m, 0, entries)
	left := live()
	emit("all deleted", "live_bytes", left, "bytes")
	emit("delete of all", "live_share_after", left/full, "1")
	for i := 0; i < 5; i++ {
		debug.FreeOSMemory() // a full collection, and all that is free goes back to the system
	}
	emit("five collections", "live_share_after", live()/full, "1")
	emit("all deleted", "allocated_for_new_keys", allocated(func() { fill(m, entries, 2*entries) })/full, "1")
	emit("filled with new keys", "live_bytes", live(), "bytes")

	kept, m = nil, nil
	m = numbers(97_000) // right before a growth, in Go 1.21 (98,304) as well as later: there are overflow buckets
	full = live()
	clear(m)
	emit("clear", "live_share_after", live()/full, "1")

	kept, m = nil, nil
	m = numbers(entries)
	full = live()
	empty(m, 0, entries/2)
	emit("half deleted", "allocated_for_new_keys", allocated(func() { fill(m, entries, entries+entries/2) })/full, "1")
	kept, m = nil, nil
	emit("", "live_share_without_the_map", live()/full, "1")

	// A growth: more entries than the emptied array takes; what is live then, against a map that never had the old ones.
	m = numbers(entries / 5)
	empty(m, 0, entries/5)
	fill(m, entries, entries+70_000)
	grown := live()
	kept, m = nil, nil
	other := map[int64]int64{}
	kept = other
	fill(other, entries, entries+70_000)
	emit("", "live_share_after_growth", grown/live(), "1")
	kept = nil
}

func main() { lab(map[string]func(){"kinds": kinds, "life": life}) }
