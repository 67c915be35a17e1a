// Whether debug.SetGCPercent(1) starts a collection, or what is allocated after it.
package main

import (
	"runtime"
	"runtime/debug"
	"time"
)

var kept []byte

// collections returns how many collections ran until now that the program did not ask for.
func collections() float64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.NumGC - stats.NumForcedGC)
}

// allocate makes garbage until so many bytes have been allocated.
func allocate(bytes int) {
	for ; bytes > 0; bytes -= 16 << 10 {
		kept = make([]byte, 16<<10)
	}
}

// settle gives a collection that has been started time to be counted: it is over with the next one that is forced.
func settle() {
	time.Sleep(30 * time.Millisecond)
	runtime.GC()
}

func measure() {
	const some = 2 << 20
	debug.SetGCPercent(100)
	runtime.GC()

	before := collections()
	allocate(some)
	settle()
	emit("2 MB at 100 percent", "other_collections", collections()-before, "1")

	before = collections()
	debug.SetGCPercent(1)
	settle()
	emit("the call alone", "collections", collections()-before, "1")

	before = collections()
	allocate(some)
	settle()
	emit("then 2 MB allocated", "collections", collections()-before, "1")
}

func main() { lab(map[string]func(){"main": measure}) }
