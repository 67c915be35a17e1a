// Whether a map gives memory back when its entries are gone.
package main

import "runtime"

// entries is far from a number at which bucket maps grow, so no old array is left when they are all in.
const entries = 62000

func deleteAll(m map[int]int) {
	for i := 0; i < entries; i++ {
		delete(m, i)
	}
}

func measure() {
	for where, empty := range map[string]func(m map[int]int){
		"all deleted": deleteAll,
		"cleared":     func(m map[int]int) { clear(m) },
		"all deleted, one written": func(m map[int]int) {
			deleteAll(m)
			m[entries] = 1
		},
	} {
		base := float64(heapLive())
		m := map[int]int{}
		for i := 0; i < entries; i++ {
			m[i] = i
		}
		full := float64(heapLive()) - base
		empty(m)
		emit(where, "map_bytes", full, "bytes")
		emit(where, "entries_left", float64(len(m)), "1")
		after := float64(heapLive()) - base
		emit(where, "bytes_when_empty", after, "bytes")
		emit(where, "kept_share", after/full, "1")
		runtime.KeepAlive(m)
	}
}

func main() { lab(map[string]func(){"main": measure}) }
