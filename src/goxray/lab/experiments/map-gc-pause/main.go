// What a large, almost empty map does to a collection: what is scanned, and how long the program stands still.
package main

import (
	"runtime"
	"sort"
	"time"
)

const (
	oversized = 100000
	blocks    = 4
	blockSize = 3
)

var kept any

// others is what else a program keeps alive: work for the collector in every collection, so that all its workers run.
var others []*[64]*int

// collect runs a collection and returns its length and the time that the world was stopped in it, in nanoseconds.
func collect() (length, pause float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	runtime.GC()
	length = float64(time.Since(start).Nanoseconds())
	runtime.ReadMemStats(&after)
	return length, float64(after.PauseTotalNs - before.PauseTotalNs)
}

// scanned returns the bytes of heap that the last collection looked through.
func scanned() float64 {
	return metric("/gc/scan/heap:bytes")
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2]
}

func percent(count int) float64 { return 100 * float64(count) / (blocks * blockSize) }

// block collects some times, once before to leave behind what came earlier, and notes lengths and pauses.
func block(count int, lengths, pauses *[]float64) {
	runtime.GC()
	for i := 0; i < count; i++ {
		length, pause := collect()
		*lengths, *pauses = append(*lengths, length), append(*pauses, pause)
	}
}

// measure collects by turns without an oversized map and with it: what else the machine does meets both.
func measure() {
	var plainPauses, pauses, plainLengths, lengths []float64
	// With one processor, to stop the world is to wait for none that the machine has given to another program.
	runtime.GOMAXPROCS(1)
	for i := 0; i < 5000; i++ {
		others = append(others, &[64]*int{new(int)})
	}
	more := 0.0
	for len(pauses) < blocks*blockSize {
		block(blockSize, &plainLengths, &plainPauses)
		before := scanned()
		m := make(map[string]int, oversized)
		m["the only entry"] = 1
		kept = m
		block(blockSize, &lengths, &pauses)
		more = scanned() - before
		kept, m = nil, nil
	}
	// Counts rather than means: other programs on the machine make some pauses many times as long.
	longer, most := 0, 0
	for i := range pauses {
		if pauses[i] >= 2*median(plainPauses) {
			longer++
		}
		if pauses[i] >= lengths[i]/2 {
			most++
		}
	}
	emit("", "longer_pauses", percent(longer), "percent")
	emit("", "mostly_pause", percent(most), "percent")
	truth("", "array_scanned", more > 2e6)
	emit("without the map", "pause", median(plainPauses), "ns")
	emit("with the map", "pause", median(pauses), "ns")
	emit("without the map", "collection", median(plainLengths), "ns")
	emit("with the map", "collection", median(lengths), "ns")
}

func main() { lab(map[string]func(){"main": measure}) }
