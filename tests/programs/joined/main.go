// joined tells of itself in every way that goxray timeline reads: gctrace lines on stderr (GODEBUG=gctrace=1), an
// execution trace, a heap profile and a dump of runtime/metrics. It prints what it knows of the truth on stdout, in
// JSON: its pid, the wall clock at marked places and runtime.MemStats at the end. Its arguments are a directory, a seed,
// and anything third to wait for a line on stdin.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"
)

type session struct {
	id   int
	name string
	data [120]byte
}

var sessions = map[int]*session{}

// fill lets the map grow, and most of what it allocates die, in bursts of different lengths: collections at a steady
// beat could not be told apart.
func fill(seed, bursts int) {
	for burst := 0; burst < bursts; burst++ {
		n := 15000 + (burst*burst*977+seed*7919)%20000
		for i := 0; i < n; i++ {
			one := &session{id: i, name: strconv.Itoa(i)}
			if i%40 == 0 {
				sessions[len(sessions)] = one
			}
		}
		time.Sleep(time.Duration(3+(burst*burst*31+seed*17)%23) * time.Millisecond)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func dump(path string) {
	names := []string{"/gc/cycles/total:gc-cycles", "/gc/heap/goal:bytes", "/gc/heap/live:bytes", "/memory/classes/heap/objects:bytes"}
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	values := map[string]uint64{}
	for _, sample := range samples {
		if sample.Value.Kind() == metrics.KindUint64 {
			values[sample.Name] = sample.Value.Uint64()
		}
	}
	told := map[string]any{"time": time.Now().UTC().Format(time.RFC3339Nano)}
	for name, value := range values {
		told[name] = value
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(err)
	must(json.NewEncoder(file).Encode(told))
	must(file.Close())
}

func main() {
	directory, seed := os.Args[1], 1
	if len(os.Args) > 2 {
		seed, _ = strconv.Atoi(os.Args[2])
	}
	if len(os.Args) > 3 {
		bufio.NewReader(os.Stdin).ReadString('\n')
	}
	clock := map[string]float64{"start": float64(time.Now().UnixNano()) / 1e9}
	fill(seed, 12)
	dump(directory + "/metrics.jsonl")
	out, err := os.Create(directory + "/trace.out")
	must(err)
	clock["trace"] = float64(time.Now().UnixNano()) / 1e9
	must(trace.Start(out))
	clock["traced"] = float64(time.Now().UnixNano()) / 1e9
	fill(seed+1, 14)
	trace.Stop()
	must(out.Close())
	dump(directory + "/metrics.jsonl")
	fill(seed+2, 6)
	sessions = nil
	runtime.GC()
	runtime.GC()
	profile, err := os.Create(directory + "/heap.pb.gz")
	must(err)
	clock["profile"] = float64(time.Now().UnixNano()) / 1e9
	must(pprof.WriteHeapProfile(profile))
	must(profile.Close())
	clock["profiled"] = float64(time.Now().UnixNano()) / 1e9
	dump(directory + "/metrics.jsonl")
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	told, err := json.Marshal(map[string]any{
		"pid": os.Getpid(), "clock": clock, "num_gc": stats.NumGC, "forced": stats.NumForcedGC,
		"pause_ends": stats.PauseEnd[:min(int(stats.NumGC), len(stats.PauseEnd))], "go": runtime.Version(),
	})
	must(err)
	fmt.Println(string(told))
}
