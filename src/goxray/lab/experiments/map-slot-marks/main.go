// What the byte beside each slot of a map says, which bits of a hash choose a place, and who reads the byte.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

// marks compares the byte of each slot with the highest byte of its key's hash, and each place with the hash's bits.
func marks() {
	m := make(map[int64]int64, 100_000) // does not grow, so that all entries are in one array
	for i := int64(0); i < 100_000; i++ {
		m[i] = i
	}
	var low, lowEqual, high, highEqual, found, all float64
	entriesOf(headerOf(m), func(e mapEntry[int64, int64]) {
		hash := hashOf(m, *e.slots.key(e.slot))
		top := uint8(hash >> 56)
		equal := 0.0
		if e.slots.marks[e.slot] == top {
			equal = 1
		}
		if top < 5 {
			low, lowEqual = low+1, lowEqual+equal
		} else {
			high, highEqual = high+1, highEqual+equal
		}
		all++
		if searched(e, hash) {
			found++
		}
	})
	emit("", "entries_seen", all, "1")
	truth("highest byte 0 to 4", "marks_are_highest_byte", lowEqual == low)
	truth("highest byte 5 to 255", "marks_are_highest_byte", highEqual == high)
	emit("highest byte 0 to 4", "share_of_equal_marks", lowEqual/low, "1")
	emit("highest byte 5 to 255", "share_of_equal_marks", highEqual/high, "1")
	emit("", "found_by_mask", found/all, "1")
}

// flips looks up keys that are not there and whose hash differs from that of the one key that is there in one bit, and
// counts how many of these bits did not spare the comparison of the keys.
func flips() {
	f := forge(0)
	const hash = 0xa5a5_a5a5_a5a5_a5a5
	f.set(hash, 1)
	if !f.has(hash, 1) {
		fmt.Fprintln(os.Stderr, "the map does not use the hash that it was given")
		os.Exit(1)
	}
	compared := func(from, to int) (count float64) {
		for bit := from; bit < to; bit++ {
			f.compared = 0
			f.has(hash^1<<bit, 2)
			if f.compared > 0 {
				count++
			}
		}
		return count
	}
	f.compared = 0
	f.has(hash, 2)
	emit("", "same_hash_compared", float64(f.compared), "1")
	emit("", "high_bits_without_effect", compared(56, 64), "1")
	emit("", "low_bits_without_effect", compared(0, 56), "1")
}

// collide puts keys of one hash into a map and counts where they go.
func collide() {
	f := forge(0)
	for id := uint64(0); id < 100; id++ {
		f.set(0xa5a5_a5a5_a5a5_a5a5, id)
	}
	var inMain, inChain float64
	homes := map[int]int{}
	entriesOf(f.header(), func(e mapEntry[forgedKey, int64]) {
		if e.link > 0 {
			inChain++
			return
		}
		homes[e.at]++
		inMain++
	})
	home := 0
	for _, count := range homes {
		home = max(home, count)
	}
	emit("", "in_other_places_of_the_array", inMain-float64(home), "1")
	emit("", "in_overflow_buckets", inChain, "1")
	emit("", "colliding_keys_found", inMain+inChain, "1")
}

// walk changes the byte of each filled slot to another filled value and ranges over the map.
func walk() {
	m := map[int64]int64{}
	for i := int64(0); i < 8; i++ {
		m[i] = i
	}
	different := map[uint8]bool{}
	entriesOf(headerOf(m), func(e mapEntry[int64, int64]) {
		mark := &e.slots.marks[e.slot]
		*mark = uint8(16 + e.slot) // neither its own, as a rule, nor that of another slot
		different[*mark] = true
	})
	seen := 0
	for range m {
		seen++
	}
	emit("", "different_marks", float64(len(different)), "1")
	emit("", "slots_that_range_gives", float64(seen), "1")
}

// collect marks a filled slot as empty behind the runtime's back, and sees whether the collector frees what only that
// slot points to. Two more objects are let go of by a delete and by leaving a variable.
func collect() {
	var hidden, deleted, dropped atomic.Bool
	m := map[int64]*[64]byte{}
	func() {
		watched := func(gone *atomic.Bool) *[64]byte {
			made := new([64]byte)
			runtime.SetFinalizer(made, func(*[64]byte) { gone.Store(true) })
			return made
		}
		m[1], m[2], m[3] = watched(&hidden), watched(&deleted), new([64]byte)
		watched(&dropped)
		delete(m, 2)
		entriesOf(headerOf(m), func(e mapEntry[int64, *[64]byte]) {
			if *e.slots.key(e.slot) == 1 {
				e.slots.marks[e.slot] = empty
			}
		})
	}()
	deadline := time.Now().Add(5 * time.Second)
	for !(dropped.Load() && deleted.Load()) && time.Now().Before(deadline) {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	truth("", "freed_behind_an_empty_mark", hidden.Load())
	// Nothing but that slot kept it: it goes when the slot's pointer does.
	for _, array := range arraysOf[int64, *[64]byte](headerOf(m)) {
		for slot := 0; slot < 8; slot++ {
			if *array[0].key(slot) == 1 {
				*array[0].elem(slot) = nil
			}
		}
	}
	for deadline := time.Now().Add(5 * time.Second); !hidden.Load() && time.Now().Before(deadline); {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	truth("", "freed_when_the_slot_is_cleared", hidden.Load())
	truth("", "freed_after_delete", deleted.Load())
	runtime.KeepAlive(m)
}

func main() {
	lab(map[string]func(){"main": func() { marks(); flips(); collide(); walk(); collect() }})
}
