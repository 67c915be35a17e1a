// What goes back to the operating system: after runtime.GC, and after debug.FreeOSMemory with and without it.
package main

import (
	"runtime"
	"runtime/debug"
)

const (
	// A size class whose spans hold one object each: a piece that is dropped is a span that falls idle.
	pieceBytes = 8 << 10
	pieces     = 2048
)

// fill allocates pieces and writes to each page of them.
func fill(count int) [][]byte {
	filled := make([][]byte, count)
	for i := range filled {
		filled[i] = make([]byte, pieceBytes)
		for at := 0; at < pieceBytes; at += 4096 {
			filled[i][at] = 1
		}
	}
	return filled
}

// report tells how much of the garbage has left the process since before.
func report(before, garbage float64) {
	returned := before - resident()
	emit("", "returned", 100*returned/garbage, "percent")
	truth("", "mostly_returned", returned >= garbage/2)
}

// collected drops 16 MB and only collects.
func collected() {
	garbage := fill(pieces)
	before := resident()
	runtime.KeepAlive(garbage)
	garbage = nil
	runtime.GC()
	report(before, pieces*pieceBytes)
}

// freed drops 16 MB and asks for the memory to be returned, after a collection or without.
func freed(collect bool) {
	garbage := fill(pieces)
	before := resident()
	runtime.KeepAlive(garbage)
	garbage = nil
	if collect {
		runtime.GC()
	}
	debug.FreeOSMemory()
	report(before, pieces*pieceBytes)
}

// little drops one piece in four: a small part of the heap is idle, and spans of the same class are still in use.
func little() {
	filled := fill(pieces)
	before := resident()
	dropped := 0
	for i := 0; i < len(filled); i += 4 {
		filled[i] = nil
		dropped++
	}
	runtime.GC()
	debug.FreeOSMemory()
	report(before, float64(dropped)*pieceBytes)
	runtime.KeepAlive(filled)
}

func main() {
	lab(map[string]func(){
		"collected":       collected,
		"freed":           func() { freed(false) },
		"collected-freed": func() { freed(true) },
		"quarter-idle":    little,
	})
}
