// Program gctrace collects garbage and says of each collection what it can measure of it itself.
//
// Standard output gets one JSON object a line: after each forced collection what ReadMemStats, ReadGCStats and, where
// there is one, runtime/metrics say of it; at the end the totals. Standard error gets the runtime's trace, and with
// -talk lines of the program's own from many goroutines while it collects.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

type cycle struct {
	N            uint32            `json:"n"`
	Forced       uint32            `json:"forced"`
	GoalBefore   uint64            `json:"goal_before"`
	GoalAfter    uint64            `json:"goal_after"`
	CPUFraction  float64           `json:"cpu_fraction"`
	PauseNs      uint64            `json:"pause_ns"`
	PauseTotalNs uint64            `json:"pause_total_ns"`
	BeginNs      int64             `json:"begin_ns"`
	EndNs        int64             `json:"end_ns"`
	HeapReleased uint64            `json:"heap_released"`
	HeapIdle     uint64            `json:"heap_idle"`
	HeapInuse    uint64            `json:"heap_inuse"`
	HeapSys      uint64            `json:"heap_sys"`
	Procs        int               `json:"procs"`
	Metrics      map[string]uint64 `json:"metrics"`
}

var (
	start = time.Now()
	kept  [][]byte
	waste []byte
	out   = json.NewEncoder(os.Stdout)
)

func keep(mb int) {
	kept = nil
	for i := 0; i < mb; i++ {
		kept = append(kept, make([]byte, 1<<20))
	}
}

// collect forces one collection and tells of it; another one, begun by itself meanwhile, is told of as none.
func collect(collector func()) {
	var before, after runtime.MemStats
	for {
		runtime.ReadMemStats(&before)
		begin := time.Since(start)
		collector()
		end := time.Since(start)
		metrics := measure()
		runtime.ReadMemStats(&after)
		if after.NumGC != before.NumGC+1 {
			continue
		}
		out.Encode(cycle{
			N: after.NumGC, Forced: after.NumForcedGC, GoalBefore: before.NextGC, GoalAfter: after.NextGC,
			CPUFraction: after.GCCPUFraction, PauseNs: after.PauseNs[(after.NumGC+255)%256],
			PauseTotalNs: after.PauseTotalNs, BeginNs: begin.Nanoseconds(), EndNs: end.Nanoseconds(),
			HeapReleased: after.HeapReleased, HeapIdle: after.HeapIdle, HeapInuse: after.HeapInuse,
			HeapSys: after.HeapSys, Procs: runtime.GOMAXPROCS(0), Metrics: metrics,
		})
		return
	}
}

func main() {
	talk := flag.Int("talk", 0, "goroutines that write to standard error all the time")
	say := flag.String("say", "served request %d of worker %d\n", "what they write")
	cycles := flag.Int("cycles", 5, "forced collections")
	alone := flag.Int("alone", 20, "MB of garbage that the collector takes by itself")
	size := flag.Int("size", 4, "MB that each forced collection finds more of")
	free := flag.Bool("free", false, "end with debug.FreeOSMemory")
	sleep := flag.Duration("sleep", 0, "sleep before the end")
	code := flag.Int("exit", 0, "exit status")
	flag.Parse()

	var stop int32
	var talking sync.WaitGroup
	for worker := 0; worker < *talk; worker++ {
		talking.Add(1)
		go func(worker int) {
			defer talking.Done()
			for i := 0; atomic.LoadInt32(&stop) == 0; i++ {
				fmt.Fprintf(os.Stderr, *say, i, worker)
			}
		}(worker)
	}
	for i := 1; i <= *cycles; i++ {
		keep(i * *size)
		collect(runtime.GC)
	}
	for i := 0; i < *alone; i++ {
		waste = make([]byte, 1<<20)
	}
	if *free {
		kept = nil
		collect(debug.FreeOSMemory)
	}
	time.Sleep(*sleep)
	atomic.StoreInt32(&stop, 1)
	talking.Wait()
	var last runtime.MemStats
	runtime.ReadMemStats(&last)
	out.Encode(map[string]interface{}{
		"num_gc": last.NumGC, "num_forced": last.NumForcedGC, "pause_total_ns": last.PauseTotalNs,
		"go": runtime.Version(),
	})
	runtime.KeepAlive(kept)
	os.Exit(*code)
}
