// What make(map[int64]int64, hint) allocates, and how much is there before the first write.
package main

import (
	"fmt"
	"runtime"
)

var kept any

// allocated returns the bytes and objects that f allocates, as the runtime counts them.
func allocated(f func()) (bytes, objects float64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc), float64(after.Mallocs - before.Mallocs)
}

func measure() {
	for _, hint := range []int{0, 1, 8, 10, 128, 1000, 1025, 100000} {
		// Once before: what the measuring itself allocates the first time does not count.
		allocated(func() { kept = make(map[int64]int64, hint) })
		bytes, objects := allocated(func() { kept = make(map[int64]int64, hint) })
		where := fmt.Sprintf("hint %d", hint)
		emit(where, "bytes", bytes, "bytes")
		emit(where, "objects", objects, "1")
	}
}

func main() { lab(map[string]func(){"main": measure}) }
