// Whether the buckets of a map that is not used again outlive the next collection: the article's sample, made to compile.
package main

import "runtime"

// unused makes the sample's two maps between two collections. Naming them once is what the compiler asks for.
//
//go:noinline
func unused() (allocated, held float64) {
	runtime.GC()
	runtime.GC()
	before := heapNow()
	var m = make(map[int]int)
	var m2 = make(map[int]int, 1024)
	_, _ = m, m2
	made := heapNow()
	runtime.GC()
	return made - before, heapNow() - before
}

// used does the same, and needs the second map afterwards.
//
//go:noinline
func used() (allocated, held float64) {
	runtime.GC()
	runtime.GC()
	before := heapNow()
	var m = make(map[int]int)
	var m2 = make(map[int]int, 1024)
	_ = m
	made := heapNow()
	runtime.GC()
	after := heapNow()
	runtime.KeepAlive(m2)
	return made - before, after - before
}

func measure() {
	used()
	allocated, held := unused()
	emit("as printed", "allocated_bytes", allocated, "bytes")
	emit("as printed", "held_bytes", held, "bytes")
	truth("as printed", "buckets_alive", held > allocated/2)
	allocated, held = used()
	emit("used afterwards", "allocated_bytes", allocated, "bytes")
	emit("used afterwards", "held_bytes", held, "bytes")
	truth("used afterwards", "buckets_alive", held > allocated/2)
}

func main() { lab(map[string]func(){"main": measure}) }
