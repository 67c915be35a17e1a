// Command traced grows maps, collects and gives memory back as it is told on its standard input, and says what it did.
//
// What it counts it reads from its own maps' headers and from runtime.MemStats: nothing here knows of probes.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// counts is what a command did.
type counts struct {
	MapGrow, TableGrow, TableSplit, SameSize int
	OldSlots, NewSlots                       int
	Clear                                    int
	NumGC, NumForcedGC                       int
	ReleasedBefore, ReleasedAfter            uint64
	Nanos                                    int64
	Maps                                     []string
}

var (
	kept    []any
	sink    map[int]int
	stormed map[uint32]int
	block   []byte
)

// watched inserts keys 0 to n-1 and looks at the map's header around each insert.
func watched[K comparable](c *counts, n int, key func(int) K) map[K]int {
	m := make(map[K]int)
	header := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	c.Maps = append(c.Maps, fmt.Sprintf("%#x", uintptr(header)))
	kept = append(kept, m)
	before := look(header)
	for i := 0; i < n; i++ {
		m[key(i)] = i
		after := look(header)
		c.since(before, after)
		before = after
	}
	return m
}

type wide [3]int64

// grow fills a map of each family of inserting functions: fast for 32, 64 bits and strings, and the general one.
func grow(n int) (c counts) {
	watched(&c, n, func(i int) int64 { return int64(i) * 7919 })
	watched(&c, n, func(i int) int32 { return int32(i) * 31 })
	watched(&c, n, func(i int) string { return "key " + strconv.Itoa(i) })
	watched(&c, n, func(i int) wide { return wide{int64(i), 1, 2} })
	watched(&c, n, func(i int) any { return i })
	return c
}

// churn deletes and inserts in a map of steady size until overflow buckets make a classic one grow into the same size.
func churn(n int) (c counts) {
	m := watched(&c, n, func(i int) int64 { return int64(i) })
	header := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	before := look(header)
	for i := n; i < 400*n && c.SameSize == 0; i++ {
		delete(m, int64(i-n))
		m[int64(i)] = i
		after := look(header)
		c.since(before, after)
		before = after
	}
	return c
}

func clearing(n int) (c counts) {
	m := map[int16]int{}
	for i := 0; i < n; i++ {
		m[int16(i)] = i
		clear(m)
		c.Clear++
	}
	return c
}

// small grows n maps once each: nine entries do not fit into the eight slots of a bucket or group.
func small(n int) (c counts) {
	began := time.Now()
	for i := 0; i < n; i++ {
		m := make(map[int]int)
		for k := 0; k < 9; k++ {
			m[k] = k
		}
		sink = m
		c.MapGrow++
	}
	c.Nanos = time.Since(began).Nanoseconds()
	return c
}

func collected(work func()) (c counts) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	c.NumGC = int(after.NumGC - before.NumGC)
	c.NumForcedGC = int(after.NumForcedGC - before.NumForcedGC)
	c.ReleasedBefore, c.ReleasedAfter = before.HeapReleased, after.HeapReleased
	return c
}

// allocating makes garbage until the heap's size has started n collections, and ends with a forced one.
func allocating(n int) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	until := stats.NumGC + uint32(n)
	debug.SetGCPercent(50)
	for stats.NumGC < until {
		for i := 0; i < 64; i++ {
			block = make([]byte, 64<<10)
		}
		runtime.ReadMemStats(&stats)
	}
	debug.SetGCPercent(-1)
	block = nil
	runtime.GC()
}

func releasing(megabytes int) {
	held := make([][]byte, megabytes)
	for i := range held {
		held[i] = make([]byte, 1<<20)
		for at := 0; at < len(held[i]); at += 4096 {
			held[i][at] = 1
		}
	}
	runtime.KeepAlive(held)
	held = nil
	debug.FreeOSMemory()
}

// storm grows small maps on many goroutines whose stacks grow as they go deeper, while the world is stopped again and
// again: each stop preempts every goroutine that runs.
func storm(goroutines, each int) (c counts) {
	var all sync.WaitGroup
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			default:
				var stats runtime.MemStats
				runtime.ReadMemStats(&stats)
			}
		}
	}()
	for g := 0; g < goroutines; g++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := 0; i < each; i++ {
				deep(i % 40)
			}
		}()
	}
	all.Wait()
	close(done)
	c.MapGrow = goroutines * each
	return c
}

// deep grows one map at the bottom of a stack of its own depth: growing the map may have to grow the stack.
//
//go:noinline
func deep(levels int) int {
	var room [200]byte
	if levels > 0 {
		room[levels] = byte(deep(levels - 1))
		return int(room[levels])
	}
	m := make(map[uint32]int)
	for k := uint32(0); k < 9; k++ {
		m[k] = levels
	}
	stormed = m
	return len(m)
}

func main() {
	debug.SetGCPercent(-1)
	runtime.GC()
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]any{"kind": mapKind, "pid": os.Getpid()})
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		words := strings.Fields(in.Text())
		number := func(at int) int { n, _ := strconv.Atoi(words[at]); return n }
		var c counts
		switch words[0] {
		case "grow":
			c = grow(number(1))
		case "churn":
			c = churn(number(1))
		case "clear":
			c = clearing(number(1))
		case "small":
			c = small(number(1))
		case "storm":
			c = storm(number(1), number(2))
		case "gc":
			c = collected(func() {
				for i := 0; i < number(1); i++ {
					runtime.GC()
				}
			})
		case "alloc":
			c = collected(func() { allocating(number(1)) })
		case "release":
			c = collected(func() { releasing(number(1)) })
		case "exit":
			os.Exit(number(1))
		}
		out.Encode(c)
	}
}
