// Heaps builds one heap of a chosen shape and size, says on one line of JSON what it holds, and keeps it until its
// standard input is closed. The benchmark measures goxray on it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// built is what the program knows about its own heap. Maps and Entries leave out what the standard library holds.
type built struct {
	Pid       int    `json:"pid"`
	GoVersion string `json:"go_version"`
	HeapAlloc uint64 `json:"heap_alloc"`
	Maps      int    `json:"maps"`
	Entries   int    `json:"entries"`
	Objects   uint64 `json:"objects"`
}

// At full size, 4 GiB, each shape holds what its comment says; smaller sizes are scaled down.
const full = 4 << 30

var (
	counters map[uint64][2]uint64
	sessions []*session
	shops    map[uint64]*shop
)

// oneMap is a single map of 80 million entries, grown by insertion as a cache is.
func oneMap(bytes int) (maps, entries int) {
	n := uint64(80_000_000 * float64(bytes) / full)
	counters = map[uint64][2]uint64{}
	for i := uint64(0); i < n; i++ {
		counters[i*0x9E3779B97F4A7C15] = [2]uint64{i, i}
	}
	return 1, len(counters)
}

type session struct {
	name    string
	tags    map[string]string
	payload []byte
}

var tagNames = [...]string{"plan", "region", "device", "language", "cohort", "referrer"}

// smallMaps is two million sessions with a map of six tags each, and a payload that makes up the rest.
func smallMaps(bytes int) (maps, entries int) {
	n := int(2_000_000 * float64(bytes) / full)
	sessions = make([]*session, n)
	for i := range sessions {
		tags := make(map[string]string)
		for j, name := range tagNames {
			tags[name] = "value-" + strconv.Itoa(i*len(tagNames)+j)
		}
		payload := make([]byte, 1536)
		for j := range payload { // written, so that it is in memory
			payload[j] = byte(i + j)
		}
		sessions[i] = &session{name: "user-" + strconv.Itoa(i), tags: tags, payload: payload}
	}
	return n, n * len(tagNames)
}

type order struct {
	id       uint64
	customer string
	next     *order
	items    []*item
	paid     bool
	cents    [4]int64
}

type item struct {
	sku   string
	count int
}

type shop struct {
	first   *order
	byName  map[string]*order
	seen    map[uint64]struct{}
	history []int64
	notes   []string
}

const shopBytes = 74_000

// mixed is a heap as services have it: linked structs, slices, strings, and maps of several sizes pointing among them.
func mixed(bytes int) (maps, entries int) {
	n := bytes / shopBytes
	shops = map[uint64]*shop{}
	entries = n
	for i := 0; i < n; i++ {
		s := newShop(i)
		shops[uint64(i)] = s
		entries += len(s.byName) + len(s.seen)
	}
	return 1 + 2*n, entries
}

func newShop(number int) *shop {
	s := &shop{byName: map[string]*order{}, seen: map[uint64]struct{}{}, history: make([]int64, 1024)}
	for i := 0; i < 200; i++ {
		o := &order{id: uint64(number*200 + i), customer: "customer-" + strconv.Itoa(i), next: s.first}
		for j := 0; j < 1+i%3; j++ {
			o.items = append(o.items, &item{sku: "sku-" + strconv.Itoa(j), count: j})
		}
		s.history[i] = int64(i)
		s.first = o
		s.byName[o.customer] = o
		if i%10 == 0 {
			s.seen[o.id] = struct{}{}
		}
		s.notes = append(s.notes, fmt.Sprintf("order %d of shop %d was packed by hand and left the house", i, number))
	}
	return s
}

// server is a net/http program with next to nothing on its heap: what goxray costs before the heap counts.
func server(int) (maps, entries int) {
	return 0, 0
}

func main() {
	shape := flag.String("shape", "server", "one, small, mix, web or server")
	bytes := flag.Int("bytes", full, "size of the heap to build, in bytes")
	flag.Parse()
	shapes := map[string]func(int) (int, int){"one": oneMap, "small": smallMaps, "mix": mixed, "web": web, "server": server}
	build, known := shapes[*shape]
	if !known {
		fmt.Fprintln(os.Stderr, "unknown shape:", *shape)
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go http.Serve(listener, http.NotFoundHandler())

	debug.SetGCPercent(50) // less garbage beside the heap to be measured than with the default
	maps, entries := build(*bytes)
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	json.NewEncoder(os.Stdout).Encode(built{os.Getpid(), runtime.Version(), stats.HeapAlloc, maps, entries, stats.HeapObjects})
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(counters)
	runtime.KeepAlive(sessions)
	runtime.KeepAlive(shops)
	runtime.KeepAlive(visitors)
}
