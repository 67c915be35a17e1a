// sync.Map beside a map under a sync.RWMutex: random reads, writes of one key, and mixes by the share of writes, with
// one goroutine and with one a processor and more.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const keys = 10000

type route struct {
	backend string
	weight  int
}

type cache interface {
	get(key string) (route, bool)
	put(key string, value route)
}

type locked struct {
	mu     sync.RWMutex
	routes map[string]route
}

func (c *locked) get(key string) (route, bool) {
	c.mu.RLock()
	found, there := c.routes[key]
	c.mu.RUnlock()
	return found, there
}

func (c *locked) put(key string, value route) {
	c.mu.Lock()
	c.routes[key] = value
	c.mu.Unlock()
}

type synced struct{ routes sync.Map }

func (c *synced) get(key string) (route, bool) {
	found, there := c.routes.Load(key)
	if !there {
		return route{}, false
	}
	return found.(route), true
}

func (c *synced) put(key string, value route) { c.routes.Store(key, value) }

var names = func() []string {
	all := make([]string, keys)
	for i := range all {
		all[i] = fmt.Sprintf("host%d.example.org", i)
	}
	return all
}()

func filled(c cache) cache {
	for i, name := range names {
		c.put(name, route{"backend", i})
	}
	// Reads after the last write: sync.Map before Go 1.24 moves what it holds to where reads find it without a lock.
	for n := 0; n < 2; n++ {
		for _, name := range names {
			c.get(name)
		}
	}
	return c
}

var sum atomic.Int64

// quickest returns the least time of some short runs: what other work on the machine adds is no part of a map.
func quickest(run func() float64) float64 {
	least := run()
	for i := 1; i < 20; i++ {
		if one := run(); one < least {
			least = one
		}
	}
	return least
}

// mix lets so many goroutines do rounds operations each, one write in so many (0: none), and returns the time for one.
func mix(c cache, goroutines, rounds, oneIn int) float64 {
	var done sync.WaitGroup
	start := time.Now()
	for g := 0; g < goroutines; g++ {
		done.Add(1)
		go func(random uint64) {
			defer done.Done()
			found := 0
			for i := 0; i < rounds; i++ {
				random ^= random << 13
				random ^= random >> 7
				random ^= random << 17
				name := names[random%keys]
				if oneIn > 0 && (random>>32)%uint64(oneIn) == 0 {
					c.put(name, route{"backend", i})
				} else if value, there := c.get(name); there {
					found += value.weight
				}
			}
			sum.Add(int64(found))
		}(uint64(g)*0x9e3779b97f4a7c15 + 88172645463325252)
	}
	done.Wait()
	return float64(time.Since(start)) / float64(goroutines*rounds)
}

// allocated returns the objects that an operation allocates.
func allocated(f func(), rounds int) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < rounds; i++ {
		f()
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs + uint64(rounds)/2) / uint64(rounds))
}

func measure(fresh func() cache) func() {
	return func() {
		c := filled(fresh())
		one := names[7]
		emit("write one key", "objects_a_write", allocated(func() { c.put(one, route{"backend", 1}) }, 2000), "1")
		emit("read", "objects_a_read", allocated(func() { c.get(one) }, 2000), "1")
		emit("1 goroutine", "read", quickest(func() float64 { return mix(c, 1, 8000, 0) }), "ns")
		emit("8 goroutines", "read", quickest(func() float64 { return mix(c, 8, 3000, 0) }), "ns")
		emit("1 goroutine", "write", quickest(func() float64 { return single(c, 1, 4000) }), "ns")
		emit("8 goroutines", "write", quickest(func() float64 { return single(c, 8, 1500) }), "ns")
		for _, each := range []struct {
			where      string
			goroutines int
			rounds     int
			oneIn      int
		}{
			{"1 goroutine with 1 write in 200", 1, 8000, 200},
			{"1 goroutine with 1 write in 1000", 1, 8000, 1000},
			{"8 goroutines with 1 write in 200", 8, 3000, 200},
			{"8 goroutines with 1 write in 1000", 8, 3000, 1000},
		} {
			emit(each.where, "mixed", quickest(func() float64 { return mix(c, each.goroutines, each.rounds, each.oneIn) }), "ns")
		}
		// For comparison: many writes.
		emit("8 goroutines with 1 write in 2", "mixed_much", quickest(func() float64 { return mix(c, 8, 250, 2) }), "ns")
		if sum.Load() == 0 {
			panic("nothing was read")
		}
	}
}

// single lets goroutines write one key over and over.
func single(c cache, goroutines, rounds int) float64 {
	var done sync.WaitGroup
	start := time.Now()
	for g := 0; g < goroutines; g++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for i := 0; i < rounds; i++ {
				c.put(names[7], route{"backend", i})
			}
		}()
	}
	done.Wait()
	return float64(time.Since(start)) / float64(goroutines*rounds)
}

func main() {
	lab(map[string]func(){
		"rwmutex": measure(func() cache { return &locked{routes: map[string]route{}} }),
		"syncmap": measure(func() cache { return new(synced) }),
	})
}
