// What a map goes through while it grows: its old array, how far the migration is, what moves it on, what is live.
package main

import "runtime/debug"

var kept map[int]int

// liveDuring prints the bytes that are live after a full cycle a few inserts behind the one that makes a map grow, and
// again when every entry was written once more.
func liveDuring() {
	base := heapLive()
	m := map[int]int{}
	kept = m
	next := 0
	for ; next < 24500; next++ {
		m[next] = next
	}
	const step = 16 << 10
	for last := memStats().TotalAlloc; next < 100000; next++ {
		m[next] = next
		if next%16 != 0 {
			continue
		}
		now := memStats().TotalAlloc
		if now-last > step {
			emit("", "growing_step", float64(now-last), "bytes")
			break
		}
		last = now
	}
	during := heapLive() - base
	for round := 0; round < 2; round++ {
		for i := 0; i <= next; i++ {
			m[i] = i
		}
	}
	after := heapLive() - base
	emit("", "live_during", float64(during), "bytes")
	emit("", "live_after", float64(after), "bytes")
	kept = nil
}

func measure() {
	debug.SetGCPercent(-1)
	liveDuring()
	states()
}

func main() { lab(map[string]func(){"main": measure}) }
