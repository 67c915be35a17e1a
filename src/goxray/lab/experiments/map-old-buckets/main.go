// Who lets go of a growing map's old buckets: the collector, or the map's own inserts and deletes.
package main

import "runtime"

const (
	log2Buckets = 12
	collections = 3
)

// old returns whether the map holds old buckets, and how far it has moved them. Maps from Go 1.24 on have none: a table
// that grows is replaced at once.
func old(m *map[int64]int64) (held bool, moved uintptr) {
	if swiss {
		return false, 0
	}
	h := classicOf(*m)
	return h.oldbuckets != nil, h.nevacuate
}

// growing returns a map to which the insert that starts growth was the last one. A Swiss map has the same entries.
func growing() map[int64]int64 {
	m := make(map[int64]int64, 6<<log2Buckets)
	for key := int64(0); key < 7<<log2Buckets; key++ {
		m[key] = key
		if held, _ := old(&m); held {
			break
		}
	}
	return m
}

func live() float64 {
	runtime.GC()
	return heapNow()
}

func idle() {
	m := growing()
	begun, before := old(&m)
	truth("growth begun", "old_buckets", begun)
	for i := 0; i < collections; i++ {
		runtime.GC()
	}
	held, after := old(&m)
	truth("after collections", "old_buckets", held)
	truth("after collections", "freed_by_gc", begun && !held)
	emit("after collections", "moved_by_gc", float64(after-before), "1")
	runtime.KeepAlive(m)
}

func deletes() {
	m := growing()
	begun := live()
	deleted := 0
	freedAt := 0
	for key := range m {
		if len(m) == 1 {
			break
		}
		delete(m, key)
		deleted++
		if held, _ := old(&m); !held && freedAt == 0 {
			freedAt = deleted
		}
	}
	held, _ := old(&m)
	truth("only deletes", "old_buckets", held)
	emit("only deletes", "deletes_until_free", float64(freedAt), "1")
	emit("only deletes", "freed_bytes", begun-live(), "bytes")
	runtime.KeepAlive(m)
}

func measure() {
	idle()
	deletes()
}

func main() { lab(map[string]func(){"main": measure}) }
