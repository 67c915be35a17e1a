// Several goroutines write to one map without a lock, and with one.
package main

import (
	"runtime"
	"sync"
	"time"
)

// write lets four goroutines write to one map for at most three seconds, each write between the calls of guard.
func write(rounds int, lock, unlock func()) {
	runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	m := map[int]int{}
	var all sync.WaitGroup
	deadline := time.Now().Add(3 * time.Second)
	for g := 0; g < 4; g++ {
		all.Add(1)
		go func(g int) {
			defer all.Done()
			for i := 0; i < rounds; i++ {
				lock()
				m[i&1023] = g
				unlock()
				if i&1023 == 0 && time.Now().After(deadline) {
					return
				}
			}
		}(g)
	}
	all.Wait()
	emit("", "entries_at_the_end", float64(len(m)), "1")
}

func main() {
	var mutex sync.Mutex
	lab(map[string]func(){
		"unguarded": func() { write(5_000_000, func() {}, func() {}) }, // the data race is intended: it is what is tested
		"locked":    func() { write(50_000, mutex.Lock, mutex.Unlock) },
	})
}
