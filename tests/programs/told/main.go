// Program told writes down what the Go runtime tells of itself, in each form that goxray reads, and prints the truth.
//
//	told sources DIR    an execution trace, dumps of runtime/metrics and of MemStats, and the figures as text
//	told trouble MODE   one of the troubles of trouble.go; GODEBUG=gctrace=1 tells the story
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"
)

type node struct {
	next, other *node
	payload     [6]uint64
}

var kept [8]*node

// churn allocates linked lists in several goroutines; of each, the last one is kept.
func churn(goroutines, lists, length int) {
	var all sync.WaitGroup
	for g := 0; g < goroutines; g++ {
		all.Add(1)
		go func(g int) {
			defer all.Done()
			for l := 0; l < lists; l++ {
				var head *node
				for i := 0; i < length; i++ {
					head = &node{next: head}
					head.other = head.next
				}
				kept[g] = head
			}
		}(g)
	}
	all.Wait()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type histogram struct {
	Counts  []uint64
	Buckets []any // JSON knows no infinity: "-Inf" and "+Inf" as text
}

func bound(value float64) any {
	if math.IsInf(value, -1) {
		return "-Inf"
	}
	if math.IsInf(value, 1) {
		return "+Inf"
	}
	return value
}

// dump reads metrics and MemStats, writes both as others would and prints what they were.
func dump(toMetrics, toExpvar, truth *json.Encoder) {
	samples := make([]metrics.Sample, 0, 128)
	for _, each := range metrics.All() {
		samples = append(samples, metrics.Sample{Name: each.Name})
	}
	metrics.Read(samples)
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)

	line := map[string]any{"time": time.Now().Format(time.RFC3339Nano)}
	told := map[string]any{}
	for _, sample := range samples {
		switch sample.Value.Kind() {
		case metrics.KindUint64:
			line[sample.Name] = sample.Value.Uint64()
			told[sample.Name] = sample.Value.Uint64()
		case metrics.KindFloat64:
			line[sample.Name] = sample.Value.Float64()
			told[sample.Name] = sample.Value.Float64()
		case metrics.KindFloat64Histogram:
			read := sample.Value.Float64Histogram()
			made := histogram{Counts: read.Counts}
			for _, each := range read.Buckets {
				made.Buckets = append(made.Buckets, bound(each))
			}
			line[sample.Name] = made
		}
	}
	check(toMetrics.Encode(line))
	// What expvar serves under /debug/vars has these two members (expvar.go).
	check(toExpvar.Encode(map[string]any{"cmdline": os.Args, "memstats": stats}))
	check(truth.Encode(map[string]any{
		"metrics": told, "unix_ns": time.Now().UnixNano(), "HeapAlloc": stats.HeapAlloc, "HeapInuse": stats.HeapInuse,
		"HeapIdle": stats.HeapIdle, "HeapReleased": stats.HeapReleased, "HeapObjects": stats.HeapObjects,
		"StackInuse": stats.StackInuse, "Sys": stats.Sys, "NextGC": stats.NextGC, "NumGC": stats.NumGC,
		"NumForcedGC": stats.NumForcedGC, "PauseTotalNs": stats.PauseTotalNs, "LastGC": stats.LastGC,
		"LastPauseNs": stats.PauseNs[(stats.NumGC+255)%256], "GCCPUFraction": stats.GCCPUFraction,
	}))
}

func create(path ...string) *os.File {
	file, err := os.Create(filepath.Join(path...))
	check(err)
	return file
}

// settle is how long nothing happens around a profile: clocks of other sources are known to some milliseconds only.
const settle = 100 * time.Millisecond

// profiles writes a heap profile right after runtime.GC, and one after more was kept and a cycle came by itself.
func profiles(directory string) {
	runtime.GC()
	time.Sleep(settle)
	check(pprof.WriteHeapProfile(create(directory, "forced.pprof")))
	debug.SetGCPercent(-1)
	for i := 0; i < 256; i++ {
		blocks = append(blocks, make([]byte, 100_000))
	}
	debug.SetGCPercent(100)
	for since := cycles(); cycles() == since; {
		churn(1, 1, 1_000)
	}
	time.Sleep(settle)
	check(pprof.WriteHeapProfile(create(directory, "lagging.pprof")))
	time.Sleep(settle)
}

func sources(directory string) {
	runtime.MemProfileRate = 4096
	runtime.GOMAXPROCS(2)
	traced := create(directory, "trace.out")
	check(trace.Start(traced))
	toMetrics := json.NewEncoder(create(directory, "metrics.jsonl"))
	toExpvar := json.NewEncoder(create(directory, "expvar.jsonl"))
	truth := json.NewEncoder(create(directory, "truth.jsonl"))
	for round := 0; round < 3; round++ {
		churn(4, 3, 20_000)
		runtime.GC()
		dump(toMetrics, toExpvar, truth)
	}
	profiles(directory)
	dump(toMetrics, toExpvar, truth)
	blocks = nil
	for i := range kept {
		kept[i] = nil
	}
	debug.FreeOSMemory()
	dump(toMetrics, toExpvar, truth)
	trace.Stop()
	check(traced.Close())
	flight(filepath.Join(directory, "flight.out"))
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: told sources DIR | told trouble MODE")
		os.Exit(2)
	}
	if os.Args[1] == "sources" {
		sources(os.Args[2])
		return
	}
	trouble(os.Args[2])
}
