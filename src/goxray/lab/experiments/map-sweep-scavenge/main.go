// What sweeping and what scavenging give back when maps are dropped: heap in use, bytes released, resident memory.
package main

import (
	"runtime"
	"runtime/debug"
)

type value [120]byte

var (
	large map[int]value
	small []map[int]int
)

func measure() {
	where := "one large map dropped"
	large = make(map[int]value, 150000)
	for i := 0; i < 150000; i++ {
		large[i] = value{1}
	}
	runtime.GC()
	with, before := memStats(), resident()
	large = nil
	runtime.GC()
	swept, after := memStats(), resident()
	debug.FreeOSMemory()
	scavenged, end := memStats(), resident()
	freed := float64(with.HeapAlloc) - float64(swept.HeapAlloc)
	emit(where, "freed_bytes", freed, "bytes")
	emit(where, "in_use_fell", (float64(with.HeapInuse)-float64(swept.HeapInuse))/freed, "1")
	emit(where, "resident_fell_by_sweep", (before-after)/freed, "1")
	emit(where, "resident_fell_by_scavenge", (after-end)/freed, "1")
	emit(where, "released_by_scavenge", (float64(scavenged.HeapReleased)-float64(swept.HeapReleased))/freed, "1")

	where = "small maps, each tenth kept"
	small = make([]map[int]int, 20000)
	for i := range small {
		small[i] = map[int]int{i: i}
	}
	runtime.GC()
	with = memStats()
	for i := range small {
		if i%10 != 0 {
			small[i] = nil
		}
	}
	runtime.GC()
	swept = memStats()
	freed = float64(with.HeapAlloc) - float64(swept.HeapAlloc)
	emit(where, "freed_bytes", freed, "bytes")
	emit(where, "in_use_fell", (float64(with.HeapInuse)-float64(swept.HeapInuse))/freed, "1")
	runtime.KeepAlive(small)
}

func main() { lab(map[string]func(){"main": measure}) }
