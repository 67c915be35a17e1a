// Program profiles makes garbage, keeps maps and slices, and writes every kind of profile that runtime/pprof knows,
// in protobuf and in text, with what it counted itself:
//
//	profiles exact DIRECTORY     every allocation is sampled
//	profiles sampled DIRECTORY   one in 4 KiB
//	profiles maps PROFILE        fills maps, writes a heap profile and waits until its input ends
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

type account struct {
	MapBytes    int64            `json:"map_bytes"` // what HeapAlloc grew by when the maps were filled
	KeptBytes   int64            `json:"kept_bytes"`
	KeptObjects int64            `json:"kept_objects"`
	HeapAlloc   uint64           `json:"heap_alloc"`
	Objects     uint64           `json:"objects"`
	Goroutines  int              `json:"goroutines"`
	MemStats    runtime.MemStats `json:"mem_stats"`
}

type node struct {
	next *node
	data [6]uint64
}

var (
	byID   map[int64]int64
	byName map[string]*node
	hinted map[int64]int64
	list   *node
	pages  [][]byte
	done   account
)

func collect() {
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
}

func inuse() (uint64, uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.HeapObjects
}

//go:noinline
func growByID(n int64) {
	byID = map[int64]int64{}
	for i := int64(0); i < n; i++ {
		byID[i] = i
	}
}

//go:noinline
func growByName(n int) {
	byName = map[string]*node{}
	for i := 0; i < n; i++ {
		byName[fmt.Sprint("name-", i)] = nil
	}
}

//go:noinline
func makeHinted(n int64) {
	hinted = make(map[int64]int64, n)
	for i := int64(0); i < n; i++ {
		hinted[i] = i
	}
}

//go:noinline
func keepList(n int) {
	for i := 0; i < n; i++ {
		list = &node{next: list}
	}
}

//go:noinline
func keepPages(n int) {
	for i := 0; i < n; i++ {
		pages = append(pages, make([]byte, 40<<10))
	}
}

func deeper(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return deeper(depth - 1)
}

//go:noinline
func garbage(n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += len(make([]byte, 100+i%4000))
		if deeper(i%5) != nil {
			sum++
		}
	}
	return sum
}

func fill() {
	collect()
	before, _ := inuse()
	growByID(20_000)
	growByName(3_000)
	makeHinted(10_000)
	collect()
	after, _ := inuse()
	done.MapBytes = int64(after) - int64(before)
	before, objects := inuse()
	keepList(5_000)
	keepPages(50)
	collect()
	after, more := inuse()
	done.KeptBytes, done.KeptObjects = int64(after)-int64(before), int64(more)-int64(objects)
}

func spin(until time.Time) (n int) {
	for time.Now().Before(until) {
		for i := 0; i < 1000; i++ {
			n += i % 7
		}
	}
	return n
}

func contend() {
	var lock sync.Mutex
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 5; j++ {
				lock.Lock()
				time.Sleep(time.Millisecond)
				lock.Unlock()
			}
		}()
	}
	all.Wait()
}

func park(n int) chan bool {
	stop := make(chan bool)
	for i := 0; i < n; i++ {
		go func() { <-stop }()
	}
	for runtime.NumGoroutine() < n+1 {
		time.Sleep(time.Millisecond)
	}
	return stop
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(directory, name, profile string, debug int) {
	file, err := os.Create(filepath.Join(directory, name))
	must(err)
	must(pprof.Lookup(profile).WriteTo(file, debug))
	must(file.Close())
}

func writeAll(directory string) {
	runtime.SetBlockProfileRate(1)
	runtime.SetMutexProfileFraction(1)
	cpu, err := os.Create(filepath.Join(directory, "cpu.pb.gz"))
	must(err)
	must(pprof.StartCPUProfile(cpu))
	spin(time.Now().Add(60 * time.Millisecond))
	contend()
	pprof.StopCPUProfile()
	must(cpu.Close())
	write(directory, "before.pb.gz", "heap", 0)
	garbage(20_000)
	fill()
	runtime.ReadMemStats(&done.MemStats)
	write(directory, "heap.txt", "heap", 1)
	write(directory, "heap.pb.gz", "heap", 0)
	write(directory, "allocs.pb.gz", "allocs", 0)
	done.HeapAlloc, done.Objects = inuse()
	stop := park(7)
	done.Goroutines = runtime.NumGoroutine()
	for _, name := range []string{"goroutine", "threadcreate", "block", "mutex"} {
		write(directory, name+".pb.gz", name, 0)
		write(directory, name+".txt", name, 1)
	}
	write(directory, "stacks.txt", "goroutine", 2)
	close(stop)
	told, err := json.Marshal(done)
	must(err)
	must(os.WriteFile(filepath.Join(directory, "account.json"), told, 0o600))
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: profiles exact|sampled|maps DIRECTORY")
		os.Exit(2)
	}
	switch os.Args[1] {
	case "sampled":
		writeAll(os.Args[2])
	case "exact":
		writeAll(os.Args[2])
	case "maps":
		fill()
		write(filepath.Dir(os.Args[2]), filepath.Base(os.Args[2]), "heap", 0)
		fmt.Println("{}")
		_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
	}
	runtime.KeepAlive([]any{byID, byName, hinted, list, pages})
}

func init() {
	runtime.MemProfileRate = 1
	if len(os.Args) > 1 && os.Args[1] == "sampled" {
		runtime.MemProfileRate = 4096
	}
}
