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

// repeats is how many runs each figure is taken from.
const repeats = 31

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

var arms paired

// measure takes every figure of both maps by turns. With one goroutine it is the quickest run: what other work on the
// machine adds is no part of a map. With eight it is the median: that they meet, and wait, is what is looked at.
func measure() {
	kinds := []string{"rwmutex", "syncmap"}
	caches := []cache{filled(&locked{routes: map[string]route{}}), filled(new(synced))}
	one := names[7]
	for i, c := range caches {
		c := c
		arms.add(kinds[i], "write one key", "objects_a_write", allocated(func() { c.put(one, route{"backend", 1}) }, 2000), "1")
		arms.add(kinds[i], "read", "objects_a_read", allocated(func() { c.get(one) }, 2000), "1")
	}
	take := func(where, name string, goroutines int, run func(cache) float64) {
		found := byTurns(repeats, func() float64 { return run(caches[0]) }, func() float64 { return run(caches[1]) })
		at := 0
		if goroutines > 1 {
			at = repeats / 2
		}
		for i := range caches {
			arms.add(kinds[i], where, name, found[i][at], "ns")
		}
	}
	for _, each := range []struct {
		where      string
		goroutines int
		rounds     int
	}{{"1 goroutine", 1, 8000}, {"8 goroutines", 8, 2000}} {
		each := each
		take(each.where, "read", each.goroutines, func(c cache) float64 { return mix(c, each.goroutines, 8000/each.goroutines, 0) })
		take(each.where, "write", each.goroutines, func(c cache) float64 { return single(c, each.goroutines, 4000/each.goroutines) })
		for _, oneIn := range []int{200, 1000} {
			oneIn := oneIn
			where := fmt.Sprint(each.where, " with 1 write in ", oneIn)
			take(where, "mixed", each.goroutines, func(c cache) float64 { return mix(c, each.goroutines, each.rounds, oneIn) })
		}
	}
	// For comparison: many writes.
	take("8 goroutines with 1 write in 2", "mixed_much", 8, func(c cache) float64 { return mix(c, 8, 250, 2) })
	if sum.Load() == 0 {
		panic("nothing was read")
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
	run := func() { arms.print(measure) }
	lab(map[string]func(){"rwmutex": run, "syncmap": run})
}
