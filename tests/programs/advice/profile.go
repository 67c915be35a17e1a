package main

import (
	"os"
	"runtime"
	"runtime/pprof"
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
func shortSmall() *map[int64]int64 {
	m := map[int64]int64{1: 1, 2: 2}
	return &m
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
		total += len(*shortSmall())
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
