// What Range of a sync.Map sees of writes that are made while it runs.
package main

import "sync"

const keys = 1000

// filled returns a map with the keys 0 to keys-1, all of value 0.
func filled() *sync.Map {
	m := new(sync.Map)
	for i := 0; i < keys; i++ {
		m.Store(i, 0)
	}
	m.Range(func(any, any) bool { return true })
	return m
}

func measure() {
	// New keys, one for each that is visited, some thousand in all.
	m, seen, written := filled(), 0, 0
	m.Range(func(key, _ any) bool {
		if key.(int) >= keys {
			seen++
		} else {
			m.Store(keys+written, 0)
			written++
		}
		return true
	})
	emit("new keys", "written", float64(written), "1")
	emit("new keys", "seen", float64(seen), "1")
	emit("new keys", "missed", float64(written-seen), "1")

	// New values of keys: the first call of the function gives all others the value 1.
	m, seen = filled(), 0
	first := true
	m.Range(func(key, value any) bool {
		if first {
			first = false
			for i := 0; i < keys; i++ {
				m.Store(i, 1)
			}
		} else {
			seen += value.(int)
		}
		return true
	})
	emit("new values", "seen", float64(seen), "1")
	emit("new values", "missed", float64(keys-1-seen), "1")

	// Afterwards all are there.
	m, written = filled(), 0
	m.Range(func(any, any) bool {
		if written < keys {
			m.Store(keys+written, 0)
			written++
		}
		return true
	})
	there := 0
	m.Range(func(any, any) bool { there++; return true })
	emit("", "there_afterwards", float64(there-written), "1")
}

// plain does the same with a map under a lock that Range holds: nothing can be written meanwhile.
func plain() {
	var mu sync.RWMutex
	m := map[int]int{}
	for i := 0; i < keys; i++ {
		m[i] = 0
	}
	refused := 0
	mu.RLock()
	for range m {
		if mu.TryLock() {
			mu.Unlock()
		} else {
			refused++
		}
	}
	mu.RUnlock()
	emit("", "writes_kept_out", float64(refused), "1")
}

func main() { lab(map[string]func(){"syncmap": measure, "rwmutex": plain}) }
