// How much of a map the collector looks through: empty or full, with pointers in it or without.
package main

import (
	"fmt"
	"math"
	"runtime"
	"strings"
)

const hint = 100000

var kept any

// scanned returns the bytes of heap that the last collection looked through. The runtime sets this figure anew with each
// mark phase and adds what is allocated afterwards.
func scanned() float64 {
	runtime.GC()
	runtime.GC()
	return metric("/gc/scan/heap:bytes")
}

// show tells how much more the collector scans while the map that build returns is alive. Filling it must leave nothing
// else behind.
func show(state, where string, build func() any) {
	kept = nil
	scannedWithout := scanned()
	liveWithout := heapNow()
	kept = build()
	scannedWith := scanned()
	bytes := heapNow() - liveWithout
	emit(where, state+"_map_bytes", bytes, "bytes")
	emit(where, state+"_scanned_bytes", scannedWith-scannedWithout, "bytes")
	// In whole percent: what else the runtime keeps alive varies by less.
	emit(where, state+"_scanned_share", math.Round(100*(scannedWith-scannedWithout)/bytes), "percent")
}

func fillTexts(entries int) any {
	m := make(map[string]int, hint)
	for i := 0; i < entries; i++ {
		m[texts[8*i:8*i+8]] = i
	}
	return m
}

func fillNumbers(entries int) any {
	m := make(map[int64]int64, hint)
	for i := 0; i < entries; i++ {
		m[int64(i)] = 1
	}
	return m
}

// texts is one string of which all keys are parts: they take no memory of their own.
var texts string

func measure() {
	var all strings.Builder
	for i := 0; i < hint; i++ {
		fmt.Fprintf(&all, "%08d", i)
	}
	texts = all.String()
	show("empty", "map[string]int", func() any { return fillTexts(0) })
	show("empty", "map[int64]int64", func() any { return fillNumbers(0) })
	show("full", "map[string]int", func() any { return fillTexts(hint) })
	show("full", "map[int64]int64", func() any { return fillNumbers(hint) })
}

func main() { lab(map[string]func(){"main": measure}) }
