package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

var (
	blocks [][]byte
	held   []*node
)

// hold keeps that many bytes in objects with pointers, which the collector has to mark.
func hold(bytes int) {
	for size := 0; size < bytes; size += 64 {
		held = append(held, &node{})
	}
}

// steadily runs work again and again, with a pause between, until the collector has run so many times.
func steadily(cycles uint32, pause time.Duration, work func()) {
	var stats runtime.MemStats
	for runtime.ReadMemStats(&stats); stats.NumGC < cycles; runtime.ReadMemStats(&stats) {
		work()
		time.Sleep(pause)
	}
}

func litter(objects int) {
	for i := 0; i < objects; i++ {
		kept[i%8] = &node{}
	}
}

func trouble(mode string) {
	switch mode {
	case "healthy": // one goroutine, a heap of 24 MiB, a breath between
		hold(24 << 20)
		steadily(20, 2*time.Millisecond, func() { litter(20_000) })
	case "assists": // more goroutines than processors do nothing but allocate
		runtime.GOMAXPROCS(2)
		hold(24 << 20)
		churn(8, 40, 40_000)
	case "limit": // what lives is as much as the limit allows
		hold(32 << 20)
		debug.SetMemoryLimit(36 << 20)
		steadily(40, 0, func() { litter(2_000) })
	case "forced":
		hold(8 << 20)
		for i := 0; i < 12; i++ {
			litter(1_000)
			runtime.GC()
		}
	case "growth": // a cache that nobody empties
		for i := 0; i < 40; i++ {
			blocks = append(blocks, make([]byte, 1<<20))
			litter(40_000)
			runtime.GC()
			time.Sleep(10 * time.Millisecond)
		}
	case "tiny": // a heap of next to nothing
		steadily(60, 0, func() { litter(20_000) })
	default:
		fmt.Fprintln(os.Stderr, "no such trouble:", mode)
		os.Exit(2)
	}
}
