// What a goroutine's stack takes when it starts, what it grows to, and what a thread's stack takes.
package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// stacks returns the bytes in use for stacks.
func stacks() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.StackInuse
}

// deep uses at least n KB of stack and then waits.
//
//go:noinline
func deep(n int, ready *sync.WaitGroup, release chan struct{}) byte {
	var frame [1024]byte
	frame[n%1024] = 1
	if n > 0 {
		return deep(n-1, ready, release) + frame[(n*7)%1024]
	}
	ready.Done()
	<-release
	return frame[0]
}

// each starts n goroutines that use kb of stack and wait, and returns the stack bytes of one.
func each(n, kb int) float64 {
	var ready sync.WaitGroup
	release := make(chan struct{})
	before := stacks()
	ready.Add(n)
	for i := 0; i < n; i++ {
		if kb == 0 {
			go func() {
				ready.Done()
				<-release
			}()
			continue
		}
		go deep(kb, &ready, release)
	}
	ready.Wait()
	after := stacks()
	close(release)
	return float64(after-before) / float64(n)
}

func goroutines() {
	emit("goroutine that just waits", "start_stack", each(10000, 0), "bytes")
	emit("goroutine 3 KB deep", "grown_stack", each(2000, 3), "bytes")
	emit("goroutine 30 KB deep", "grown_stack", each(500, 30), "bytes")
}

// status returns a figure of /proc/self/status in bytes.
func status(name string) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, found := strings.CutPrefix(line, name+":"); found {
			value, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if strings.HasSuffix(rest, "kB") {
				value *= 1024
			}
			return value
		}
	}
	return 0
}

// threads holds n goroutines on threads of their own and returns what a thread adds to the process.
func threads() {
	const n = 64
	var ready sync.WaitGroup
	release := make(chan struct{})
	had, resident, size := status("Threads"), status("VmRSS"), status("VmSize")
	ready.Add(n)
	sizes := make(chan float64, n)
	for i := 0; i < n; i++ {
		go func() {
			runtime.LockOSThread()
			if own := threadStack(); own > 0 {
				sizes <- own
			}
			ready.Done()
			<-release
		}()
	}
	ready.Wait()
	more := status("Threads") - had
	emit("", "threads_more", more, "1")
	emit("", "resident", (status("VmRSS")-resident)/more, "bytes")
	emit("", "address_space", (status("VmSize")-size)/more, "bytes")
	close(release)
	close(sizes)
	largest := 0.0
	for size := range sizes {
		if size > largest {
			largest = size
		}
	}
	if largest > 0 {
		emit("", "stack", largest, "bytes")
	}
}

func main() {
	lab(map[string]func(){"goroutines": goroutines, "threads": threads, "threads-of-go": threads})
}
