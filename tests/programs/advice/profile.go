package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
)

var (
	long, longHinted map[int64]int64
	window           map[int64]int64
	total            int
)

//go:noinline
func shortLarge(n int) {
	m := map[int64]int64{}
	for i := 0; i < n; i++ {
		m[int64(i)] = 1
	}
	total += len(m)
}

//go:noinline
func shortMiddling(n int) {
	m := map[int64]int64{}
	for i := 0; i < n; i++ {
		m[int64(i)] = 1
	}
	total += len(m)
}

//go:noinline
func shortSmall() map[int64]int64 {
	return map[int64]int64{1: 1, 2: 2}
}

//go:noinline
func longGrown() {
	long = map[int64]int64{}
	for i := int64(0); i < settled; i++ {
		long[i] = 1
	}
}

//go:noinline
func longMade() {
	longHinted = make(map[int64]int64, settled)
	for i := int64(0); i < settled; i++ {
		longHinted[i] = 1
	}
}

//go:noinline
func replaced() {
	window = make(map[int64]int64, 4000)
	for i := int64(0); i < 4000; i++ {
		window[i] = 1
	}
}

// sliced allocates as much as the maps do, and is none of them.
//
//go:noinline
func sliced() []int64 {
	var s []int64
	for i := int64(0); i < settled; i++ {
		s = append(s, i)
	}
	return s
}

var (
	pool   = sync.Pool{New: func() any { return map[int64]int64{} }}
	sorted map[int64]int64
)

func pooledLarge(n int) {
	m := pool.Get().(map[int64]int64)
	for i := 0; i < n; i++ {
		m[int64(i)] = 1
	}
	total += len(m)
	clear(m)
	pool.Put(m)
}

func hintedMiddling(n int) {
	m := make(map[int64]int64, n)
	for i := 0; i < n; i++ {
		m[int64(i)] = 1
	}
	total += len(m)
}

func stackSmall() {
	m := map[int64]int64{1: 1, 2: 2}
	total += len(m)
}

func cleared() {
	if sorted == nil {
		sorted = make(map[int64]int64, 4000)
	}
	clear(sorted)
	for i := int64(0); i < 4000; i++ {
		sorted[i] = 1
	}
}

func times(n int, work func()) int64 {
	before := totalAlloc()
	for i := 0; i < n; i++ {
		work()
	}
	return totalAlloc() - before
}

// compare says what each advice for short lives gains: the same work done both ways, no collection in between.
func compare() {
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(1)
	totalAlloc()
	say(map[string]int64{
		"main.shortLarge":    times(400, func() { shortLarge(2000) }) - times(400, func() { pooledLarge(2000) }),
		"main.shortMiddling": times(4000, func() { shortMiddling(60) }) - times(4000, func() { hintedMiddling(60) }),
		"main.shortSmall":    times(20000, func() { total += len(shortSmall()) }) - times(20000, stackSmall),
		"main.replaced":      times(15, replaced) - times(15, cleared),
		"main.longGrown":     times(1, longGrown) - times(1, longMade),
	})
}

func profile(path string) {
	runtime.MemProfileRate = 512
	for i := 0; i < 400; i++ {
		shortLarge(2000)
		total += len(sliced()) & 1
	}
	for i := 0; i < 4000; i++ {
		shortMiddling(60)
	}
	for i := 0; i < 20000; i++ {
		total += len(shortSmall())
	}
	for i := 0; i < 15; i++ {
		replaced()
	}
	longGrown()
	longMade()
	runtime.GC()
	runtime.GC()
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	if err := pprof.Lookup("heap").WriteTo(file, 0); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
	runtime.KeepAlive(total)
}
