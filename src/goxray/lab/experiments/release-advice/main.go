// How freed memory goes back to the OS: what of it stays resident, and what is only marked as free to take.
package main

import "runtime/debug"

const size = 64 << 20

var kept []byte

func measure() {
	debug.SetGCPercent(-1)
	debug.FreeOSMemory()
	before := resident()
	kept = make([]byte, size)
	for i := range kept {
		kept[i] = byte(i)
	}
	full := resident()
	kept = nil
	debug.FreeOSMemory()
	emit("", "grown", full-before, "bytes")
	emit("", "returned", full-resident(), "bytes")
	emit("", "lazily_free", smaps("LazyFree"), "bytes")
}

func main() { lab(map[string]func(){"main": measure}) }
