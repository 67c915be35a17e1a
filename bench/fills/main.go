// Fills grows a map by assigning new keys, several times, and says on one line of JSON what the cheapest time cost. The
// benchmark compares the model of maps with it.
package main

import (
	"encoding/json"
	"flag"
	"os"
	"runtime"
	"syscall"
)

// filled is what one fill cost: CPU seconds of the whole process, and the heap that the map keeps.
type filled struct {
	GoVersion string  `json:"go_version"`
	Entries   int     `json:"entries"`
	Seconds   float64 `json:"seconds"`
	Bytes     uint64  `json:"bytes"`
}

func cpu() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
}

func heap() uint64 {
	var now runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}

// fill assigns n distinct keys; the factor is odd, so that multiplying by it repeats nothing.
func fill(n uint64) filled {
	before, began := heap(), cpu()
	grown := map[uint64]uint64{}
	for i := uint64(0); i < n; i++ {
		grown[i*0x9E3779B97F4A7C15] = i
	}
	took := cpu() - began
	found := filled{runtime.Version(), len(grown), took, heap() - before}
	runtime.KeepAlive(grown)
	return found
}

func main() {
	n := flag.Uint64("n", 0, "how many keys")
	runs := flag.Int("runs", 1, "how many times")
	flag.Parse()
	best := fill(*n)
	for i := 1; i < *runs; i++ {
		if again := fill(*n); again.Seconds < best.Seconds {
			best = again
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(best); err != nil {
		panic(err)
	}
}
