// Command mutating changes some of its maps all the time and leaves the others alone.
//
// It prints one line of JSON, {"pid", "churning": [addresses], "stable": {address: entries}}. On every line of input
// it prints {"checksum", "rounds"}: a hash of all data that it never changes, and how often each churning map has been
// gone through.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"runtime"
	"sort"
	"sync/atomic"
	"time"
	"unsafe"
)

type record struct {
	Name string
	Tags map[string]int
	Raw  [200]byte
}

var (
	churning [6]struct {
		Ints    map[int]int
		Strings map[string][]byte
		Nested  map[int]map[int]bool
	}
	rounds [len(churning)]uint64

	stableInts    = map[int]int{}
	stableRecords = map[string]*record{}
	stableLarge   = map[[20]int64]string{}
)

func address[K comparable, V any](m map[K]V) uint64 { return uint64(*(*uintptr)(unsafe.Pointer(&m))) }

func main() {
	stable := map[uint64]int{}
	for i := 0; i < 5000; i++ {
		stableInts[i] = -i
		name := fmt.Sprint(i)
		r := &record{Name: name, Tags: map[string]int{name: i, "x": 1}}
		r.Raw[i%200] = byte(i)
		stableRecords[name] = r
		stable[address(r.Tags)] = 2
		if i < 500 {
			stableLarge[[20]int64{int64(i)}] = name
		}
	}
	stable[address(stableInts)] = len(stableInts)
	stable[address(stableRecords)] = len(stableRecords)
	stable[address(stableLarge)] = len(stableLarge)
	var moving []uint64
	for i := range churning {
		c := &churning[i]
		c.Ints, c.Strings, c.Nested = map[int]int{}, map[string][]byte{}, map[int]map[int]bool{}
		moving = append(moving, address(c.Ints), address(c.Strings), address(c.Nested))
	}
	for i := range churning {
		go churn(i)
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]any{"pid": os.Getpid(), "churning": moving, "stable": stable})
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		done := make([]uint64, len(rounds))
		for i := range done {
			done[i] = atomic.LoadUint64(&rounds[i])
		}
		out.Encode(map[string]any{"checksum": fmt.Sprint(checksum()), "rounds": done})
	}
}

// churn lets maps grow, shrink and start anew, without end.
func churn(i int) {
	c := &churning[i]
	sizes := []int{3, 40, 700, 9000}
	for round := 0; ; round++ {
		size := sizes[(round+i)%len(sizes)]
		for k := 0; k < size; k++ {
			c.Ints[k*7] = round
			c.Strings[fmt.Sprint(k)] = make([]byte, k%64)
			if k%50 == 0 {
				c.Nested[k] = map[int]bool{k: true}
			}
			c.Nested[k-k%50][k] = false
		}
		for k := 0; k < size; k++ {
			if k%8 != round%8 {
				delete(c.Ints, k*7)
				delete(c.Strings, fmt.Sprint(k))
			}
		}
		for k := range c.Nested {
			delete(c.Nested, k)
		}
		if round%16 == 15 {
			for k := range c.Ints {
				delete(c.Ints, k)
			}
			for k := range c.Strings {
				delete(c.Strings, k)
			}
			runtime.Gosched()
		}
		atomic.AddUint64(&rounds[i], 1)
		time.Sleep(20 * time.Microsecond)
	}
}

// checksum hashes everything that never changes, by content.
func checksum() uint64 {
	h := fnv.New64a()
	write := func(parts ...any) { fmt.Fprintln(io.Writer(h), parts...) }
	for i := 0; i < len(stableInts); i++ {
		write(i, stableInts[i])
	}
	names := make([]string, 0, len(stableRecords))
	for name := range stableRecords {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		r := stableRecords[name]
		write(name, r.Name, r.Tags[name], r.Tags["x"], len(r.Tags), r.Raw)
	}
	for i := 0; i < len(stableLarge); i++ {
		write(stableLarge[[20]int64{int64(i)}])
	}
	return h.Sum64()
}
