// Maps from a sync.Pool: what each use allocates when they are given back as the article does, and when they are cleared.
package main

import (
	"fmt"
	"math"
	"runtime/debug"
	"sync"
)

const (
	uses = 2000
	keys = 20
)

var names [keys]string

func fill(m map[string]int) {
	for i, name := range names {
		m[name] = i
	}
}

// fresh makes a map for each use.
func fresh() { fill(make(map[string]int)) }

var replacing = sync.Pool{New: func() any {
	m := make(map[string]int)
	return &m
}}

// replaced puts a new empty map in the place of the used one before it goes back: the article's idea.
func replaced() {
	m := replacing.Get().(*map[string]int)
	defer func() {
		*m = map[string]int{}
		replacing.Put(m)
	}()
	fill(*m)
}

var clearing = sync.Pool{New: func() any {
	m := make(map[string]int)
	return &m
}}

// cleared empties the used map and gives it back.
func cleared() {
	m := clearing.Get().(*map[string]int)
	defer func() {
		clear(*m)
		clearing.Put(m)
	}()
	fill(*m)
}

// allocated returns the objects and bytes that each call of f allocates.
func allocated(f func()) (objects, bytes float64) {
	f()
	size, number := allocatedBy(func() {
		for i := 0; i < uses; i++ {
			f()
		}
	})
	return float64(number) / uses, float64(size) / uses
}

func measure() {
	debug.SetGCPercent(-1) // a collection empties pools: that is not what is asked here
	for i := range names {
		names[i] = fmt.Sprint("key-", i)
	}
	_, whole := allocated(fresh)
	for _, each := range []struct {
		where string
		use   func()
	}{{"made for each use", fresh}, {"pooled as printed", replaced}, {"pooled and cleared", cleared}} {
		objects, bytes := allocated(each.use)
		emit(each.where, "objects_per_use", objects, "1")
		truth(each.where, "allocates", objects >= 0.5)
		// In tens: where its seed puts a map's keys decides on a few bytes.
		emit(each.where, "bytes_share", 10*math.Round(10*bytes/whole), "percent")
	}
}

func main() { lab(map[string]func(){"main": measure}) }
