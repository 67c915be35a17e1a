// What the runtime and the system say of this process's memory.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
)

// memStats returns the runtime's own figures. The runtime holds the lock that this needs while it writes a line of
// gctrace (runtime/mgc.go, gcMarkTermination): when it returns, the line of the last cycle is there to its end.
func memStats() runtime.MemStats {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats
}

// heapNow returns the bytes of heap objects that are not swept yet, without a collection before.
func heapNow() float64 { return float64(memStats().HeapAlloc) }

// allocatedBy returns the bytes and objects that f allocates, as the runtime counts them.
func allocatedBy(f func()) (bytes, objects uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}

// metric returns a figure of runtime/metrics.
func metric(name string) float64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	switch sample[0].Value.Kind() {
	case metrics.KindUint64:
		return float64(sample[0].Value.Uint64())
	case metrics.KindFloat64:
		return sample[0].Value.Float64()
	}
	fmt.Fprintln(os.Stderr, "this runtime does not tell", name)
	os.Exit(1)
	return 0
}

// resident returns the bytes of physical memory that the process has.
func resident() float64 { return smaps("Rss") }

// smaps returns a figure of /proc/self/smaps_rollup (proc(5)) in bytes.
func smaps(name string) float64 {
	file, err := os.Open("/proc/self/smaps_rollup")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), name+":"); found {
			var kilobytes float64
			if _, err := fmt.Sscan(rest, &kilobytes); err == nil {
				return 1024 * kilobytes
			}
		}
	}
	fmt.Fprintln(os.Stderr, "no", name, "in smaps_rollup")
	os.Exit(1)
	return 0
}
