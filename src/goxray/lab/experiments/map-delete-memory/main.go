// What a map keeps of its memory after its entries were deleted, after collections, after clear and after a growth.
package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
)

const entries = 100_000

var kept any

// share emits part/whole in whole percent: what the runtime itself allocates meanwhile is far less.
func share(inCase, name string, part, whole float64) {
	emit(inCase, name, math.Round(100*part/whole)/100, "1")
}

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
	share(name, "live_share_after_delete", float64(left), float64(full))
	emit(name, "entries_left", float64(len(m)), "1")
	runtime.KeepAlive(m)
	kept = nil
}

func kinds() {
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

// bytesOf returns the bytes that f allocates.
func bytesOf(f func()) float64 {
	bytes, _ := allocatedBy(f)
	return float64(bytes)
}

func numbers(count int64) map[int64]int64 {
	m := make(map[int64]int64, count)
	kept = m
	fill(m, 0, count)
	return m
}

func numbersInTheMap() {
	base := heapLive()
	live := func() float64 { return float64(heapLive() - base) }
	m := numbers(entries)
	full := live()
	emit("filled", "live_bytes", full, "bytes")
	empty(m, 0, entries)
	left := live()
	emit("all deleted", "live_bytes", left, "bytes")
	share("numbers in the map", "live_share_after_delete", left, full)
	emit("numbers in the map", "entries_left", float64(len(m)), "1")
	share("delete of all", "live_share_after", left, full)
	for i := 0; i < 5; i++ {
		debug.FreeOSMemory() // a full collection, and all that is free goes back to the system
	}
	share("five collections", "live_share_after", live(), full)
	emit("all deleted", "allocated_for_new_keys", bytesOf(func() { fill(m, entries, 2*entries) }), "bytes")
	again := live()
	emit("filled with new keys", "live_bytes", again, "bytes")
	share("all deleted", "live_share_with_new_keys", again, full)
	kept, m = nil, nil
	share("", "live_share_without_the_map", live(), full)

	m = numbers(24_000) // right before a growth, in Go 1.21 (24,576) as well as later: there are overflow buckets
	full = live()
	clear(m)
	share("clear", "live_share_after", live(), full)

	kept, m = nil, nil
	m = numbers(entries / 5)
	full = live()
	empty(m, 0, entries/10)
	emit("half deleted", "allocated_for_new_keys", bytesOf(func() { fill(m, entries, entries+entries/10) }), "bytes")
	share("half deleted", "live_share_with_new_keys", live(), full)

	// A growth: more entries than the emptied array takes; what is live then, against a map that never had the old ones.
	kept, m = nil, nil
	m = numbers(entries / 10)
	empty(m, 0, entries/10)
	fill(m, entries, entries+35_000)
	grown := live()
	kept, m = nil, nil
	other := map[int64]int64{}
	kept = other
	fill(other, entries, entries+35_000)
	share("", "live_share_after_growth", grown, live())
	kept = nil
}

func main() {
	lab(map[string]func(){"main": func() { numbersInTheMap(); kinds() }})
}
