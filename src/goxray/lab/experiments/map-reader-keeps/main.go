// Whether a goroutine that reads a map keeps its memory when everybody else has dropped it.
package main

import (
	"reflect"
	"runtime"
)

const entries = 200000

var (
	shared map[int]int
	sum    int
)

// reader starts a goroutine with the map, returns when it is in the middle of its work, and lets it go on after the
// memory was looked at.
func reader(where string, work func(m map[int]int, middle func())) {
	base := heapLive()
	shared = make(map[int]int, entries)
	for i := 0; i < 1000; i++ {
		shared[i] = i
	}
	size := float64(heapLive() - base)
	reached, goOn, done := make(chan bool), make(chan bool), make(chan bool)
	go func(m map[int]int) {
		defer close(done)
		work(m, func() {
			reached <- true
			<-goOn
		})
	}(shared)
	<-reached
	shared = nil
	emit(where, "kept_while_reading", (float64(heapLive())-float64(base))/size, "1")
	close(goOn)
	<-done
	runtime.GC()
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	emit(where, "kept_after_one_more_gc", (float64(after.HeapAlloc)-float64(base))/size, "1")
}

//go:noinline
func ranges(m map[int]int, middle func()) {
	first := true
	for k := range m {
		if first {
			middle()
			first = false
		}
		sum += k
	}
}

//go:noinline
func reflects(m map[int]int, middle func()) {
	walk := reflect.ValueOf(m).MapRange()
	walk.Next()
	middle()
	for walk.Next() {
		sum += int(walk.Key().Int())
	}
}

//go:noinline
func looks(m map[int]int, middle func()) {
	sum += m[1]
	middle()
	sum += m[2]
}

//go:noinline
func looked(m map[int]int, middle func()) {
	sum += m[1]
	middle()
}

func measure() {
	reader("range in progress", ranges)
	reader("reflect.MapIter in progress", reflects)
	reader("between two reads", looks)
	reader("after the last read", looked)
}

func main() { lab(map[string]func(){"main": measure}) }
