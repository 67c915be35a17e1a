package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

var (
	blocks [][]byte
	held   []*node
	pieces [][]*[1000]byte
	turns  uint64
)

// hold keeps that many bytes in objects with pointers, which the collector has to mark.
func hold(bytes int) {
	for size := 0; size < bytes; size += 64 {
		held = append(held, &node{})
	}
}

func cycles() uint64 {
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// steadily runs work again and again, with a pause between, until the collector has run so many times.
func steadily(until uint64, pause time.Duration, work func()) {
	for cycles() < until {
		work()
		time.Sleep(pause)
	}
}

func litter(objects int) {
	for i := 0; i < objects; i++ {
		kept[i%8] = &node{}
	}
}

// look writes MemStats and the metrics that they lack as a line of JSON.
func look() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	line := map[string]any{"time": time.Now().UnixNano(), "memstats": stats}
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/gomemlimit:bytes"}, {Name: "/gc/limiter/last-enabled:gc-cycle"},
	}
	metrics.Read(samples)
	for _, sample := range samples {
		line[sample.Name] = sample.Value.Uint64()
	}
	check(json.NewEncoder(os.Stdout).Encode(line))
}

// spin runs without a place at which it could be stopped.
func spin(times uint64) {
	for i := uint64(0); i < times; i++ {
		turns += i ^ turns<<1
	}
}

//go:noinline
func large(bytes int) byte {
	block := make([]byte, bytes)
	return block[bytes/2]
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
		hold(48 << 20)
		debug.SetMemoryLimit(48 << 20)
		steadily(cycles()+30, 0, func() { litter(2_000) })
	case "lowgogc": // a tenth above what is live
		hold(48 << 20)
		debug.SetGCPercent(10)
		steadily(cycles()+30, 0, func() { litter(2_000) })
	case "forced":
		hold(8 << 20)
		for i := 0; i < 12; i++ {
			litter(1_000)
			runtime.GC()
		}
	case "growth": // a cache that nobody empties: 1 MiB every 25 ms, or in the time of two turns where they take longer
		debug.SetMemoryLimit(256 << 20)
		turn := func() {
			litter(1_000)
			runtime.GC()
			look()
			time.Sleep(10 * time.Millisecond)
		}
		pace := 25 * time.Millisecond
		for i := 0; i < 4; i++ {
			began := time.Now()
			turn()
			pace = max(pace, 2*time.Since(began))
		}
		for began := time.Now(); len(blocks) < 60; turn() {
			for len(blocks) < 60 && time.Duration(len(blocks))*pace < time.Since(began) {
				blocks = append(blocks, make([]byte, 1<<20))
			}
		}
	case "tiny": // a heap of next to nothing; with GODEBUG=gcstoptheworld=1 no cycle takes long
		runtime.GOMAXPROCS(1)
		steadily(100, 0, func() { litter(20_000) })
	case "overshoot": // several goroutines take more at once than the goal leaves room for
		hold(48 << 20)
		debug.SetGCPercent(25)
		for i := 0; i < 4; i++ {
			go func() {
				for {
					large(24 << 20)
				}
			}()
		}
		steadily(cycles()+25, time.Millisecond, func() {})
	case "stops": // with GODEBUG=asyncpreemptoff=1
		runtime.GOMAXPROCS(2)
		go func() {
			for {
				spin(40_000_000)
				runtime.Gosched()
			}
		}()
		steadily(4, time.Millisecond, runtime.GC)
	case "fragments": // one object of sixteen stays, and with it all of its span
		for i := 0; i < 100_000; i++ {
			if i%1_000 == 0 {
				pieces = append(pieces, nil)
			}
			last := len(pieces) - 1
			pieces[last] = append(pieces[last], new([1000]byte))
		}
		for p := range pieces {
			for i := range pieces[p] {
				if i%16 != 0 {
					pieces[p][i] = nil
				}
			}
		}
		for i := 0; i < 8; i++ {
			runtime.GC()
			look()
		}
	case "idle": // no goal, no limit: nothing tells the scavenger to work
		debug.SetGCPercent(-1)
		for i := 0; i < 96; i++ {
			blocks = append(blocks, make([]byte, 1<<20))
			for at := range blocks[i] {
				blocks[i][at] = 1
			}
		}
		blocks = nil
		runtime.GC()
		for i := 0; i < 12; i++ {
			look()
			time.Sleep(500 * time.Millisecond)
		}
	case "limiter": // collecting takes all of the one processor until the runtime gives up
		runtime.GOMAXPROCS(1)
		hold(96 << 20)
		debug.SetMemoryLimit(64 << 20)
		sample := []metrics.Sample{{Name: "/gc/limiter/last-enabled:gc-cycle"}}
		for metrics.Read(sample); sample[0].Value.Uint64() == 0; metrics.Read(sample) {
			litter(2_000)
		}
		look()
	default:
		fmt.Fprintln(os.Stderr, "no such trouble:", mode)
		os.Exit(2)
	}
}
