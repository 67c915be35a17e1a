// What makes the scanning of a cycle grow: assignments that migrate maps meanwhile, or more to scan.
package main

import (
	"runtime"
	"runtime/debug"
	"sort"
	"sync/atomic"
)

var (
	pool  []map[int]*int
	value int
	sink  uint64
)

// marking returns the time of all mark workers since the program began, in nanoseconds.
func marking() float64 {
	sum := 0.0
	for _, kind := range []string{"assist", "dedicated", "idle"} {
		sum += metric("/cpu/classes/gc/mark/" + kind + ":cpu-seconds")
	}
	return 1e9 * sum
}

// fill makes so many maps of pointers that have just begun to grow.
func fill(maps int) {
	pool = nil
	made := make([]map[int]*int, maps)
	for i := range made {
		m := map[int]*int{}
		for key := 0; !justGrown(m); key++ {
			m[key] = &value
		}
		made[i] = m
	}
	pool = made
}

// assign writes entries that are there already, map after map: each assignment migrates what growth has left.
func assign(stop *atomic.Bool, number *atomic.Int64) {
	for round := 0; !stop.Load(); round++ {
		for _, m := range pool {
			for key := 0; key < 300 && !stop.Load(); key++ {
				m[key] = &value
				number.Add(1)
			}
		}
	}
}

// compute keeps a processor as busy without any map.
func compute(stop *atomic.Bool, number *atomic.Int64) {
	for n := uint64(1); !stop.Load(); number.Add(1) {
		for i := 0; i < 20; i++ {
			n = n*6364136223846793005 + 1
		}
		sink = n
	}
}

// cycles prints the medians over so many cycles of what was scanned and how long marking took, while the worker, if
// any, is at work from before the cycle until it is over.
func cycles(where string, maps int, worker func(*atomic.Bool, *atomic.Int64)) {
	const rounds = 3
	var scanned, times, work []float64
	for round := 0; round < rounds; round++ {
		pool = nil
		runtime.GC()
		base := metric("/gc/scan/heap:bytes")
		fill(maps)
		var stop atomic.Bool
		var number atomic.Int64
		done := make(chan bool)
		if worker == nil {
			close(done)
		} else {
			go func() {
				worker(&stop, &number)
				close(done)
			}()
			for number.Load() == 0 {
				runtime.Gosched()
			}
		}
		before := marking()
		runtime.GC()
		times = append(times, marking()-before)
		scanned = append(scanned, metric("/gc/scan/heap:bytes")-base)
		stop.Store(true)
		<-done
		work = append(work, float64(number.Load()))
	}
	sort.Float64s(scanned)
	sort.Float64s(times)
	all := 0.0
	for _, each := range work {
		all += each
	}
	emit(where, "scanned_bytes", scanned[rounds/2], "bytes")
	emit(where, "mark_time", times[rounds/2], "ns")
	emit(where, "steps_meanwhile", all, "1")
}

func measure() {
	debug.SetGCPercent(-1)
	cycles("6 maps, nobody writes", 6, nil)
	cycles("60 maps, nobody writes", 60, nil)
	cycles("60 maps, computing beside", 60, compute)
	cycles("60 maps, mapassign at work", 60, assign)
}

func main() { lab(map[string]func(){"main": measure}) }
