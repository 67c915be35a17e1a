// What MemStats sees of the per-processor caches: allocations from them, their own size, and what sampling does to them.
package main

import (
	"math"
	"runtime"
	"runtime/debug"
)

const objects = 20000

type small [64]byte

var kept []*small

// allocate makes objects of 64 bytes, nearly all of which come from the cache of a processor.
func allocate() {
	for i := range kept {
		kept[i] = new(small)
	}
}

// mallocs tells how many of the allocations MemStats counts.
func mallocs() {
	kept = make([]*small, objects)
	before := memStats()
	allocate()
	after := memStats()
	emit("", "counted", math.Round(100*float64(after.Mallocs-before.Mallocs)/objects), "percent")
}

// size compares MCacheInuse before and after many buckets were allocated.
func size() {
	before := memStats()
	maps := make([]map[int]int, objects)
	for i := range maps {
		maps[i] = map[int]int{i: i}
	}
	after := memStats()
	emit("", "bucket_bytes", float64(after.HeapAlloc-before.HeapAlloc), "bytes")
	emit("", "mcache_growth", float64(after.MCacheInuse)-float64(before.MCacheInuse), "bytes")
	emit("", "mcache_bytes", float64(after.MCacheInuse), "bytes")
	runtime.KeepAlive(maps)
}

// spans returns the bytes of spans that a number of allocations take: each span that a cache gets adds to them.
func spans(rate int) float64 {
	runtime.MemProfileRate = rate
	kept = make([]*small, objects)
	runtime.GC()
	before := memStats()
	allocate()
	after := memStats()
	return float64(after.HeapInuse) - float64(before.HeapInuse)
}

func sampling() {
	unsampled := spans(0)
	sampled := spans(1)
	emit("", "spans_unsampled", unsampled, "bytes")
	emit("", "spans_sampled", sampled, "bytes")
	emit("", "spans_ratio", 10*math.Round(10*sampled/unsampled), "percent") // in tens: a span of something else is less
}

func measure() {
	debug.SetGCPercent(-1)
	mallocs()
	size()
	sampling()
}

func main() { lab(map[string]func(){"main": measure}) }
