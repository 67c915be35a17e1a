// Command allocsize prints how many bytes the allocator really takes for objects of many sizes, measured by
// runtime.MemStats, and the capacity that append rounds byte slices up to.
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
)

type report struct {
	Noscan   [][2]uint64 `json:"noscan"`   // requested bytes without pointers, bytes taken
	Pointers [][2]uint64 `json:"pointers"` // requested bytes of pointers, bytes taken
	Append   [][2]uint64 `json:"append"`   // length, capacity after append to nil
}

var (
	bytesSink    []byte
	pointersSink []*byte
)

const perSize = 4

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	var out report
	for _, n := range sizes() {
		if n >= 16 { // smaller ones share tiny blocks
			out.Noscan = append(out.Noscan, [2]uint64{n, taken(func() { bytesSink = make([]byte, n) })})
		}
		if n%8 == 0 && n > 0 {
			out.Pointers = append(out.Pointers, [2]uint64{n, taken(func() { pointersSink = make([]*byte, n/8) })})
		}
		out.Append = append(out.Append, [2]uint64{n, uint64(cap(append([]byte(nil), make([]byte, n)...)))})
		if n%1024 == 0 {
			runtime.GC()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

// sizes returns every size up to 2200 bytes, an odd walk through the rest of the small sizes with the multiples of 64
// and their neighbours, everything around the border to large objects, and some large ones.
func sizes() []uint64 {
	var all []uint64
	for n := uint64(0); n < 2200; n++ {
		all = append(all, n)
	}
	for n := uint64(2240); n < 32700; n += 64 {
		all = append(all, n-16, n-8, n-1, n, n+1, n+8, n+27)
	}
	for n := uint64(32700); n < 32900; n++ {
		all = append(all, n)
	}
	for n := uint64(40000); n < 2<<20; n = n*5/4 + 8 {
		all = append(all, n, n&^7, n&^8191, n&^8191+1, n&^8191-8)
	}
	return all
}

// taken returns the bytes of one allocation. Another goroutine of the runtime may allocate in between, so the
// smallest of some rounds counts, and every allocation of a round must have taken the same.
func taken(allocate func()) uint64 {
	best := ^uint64(0)
	for round := 0; round < 3; round++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := 0; i < perSize; i++ {
			allocate()
		}
		runtime.ReadMemStats(&after)
		total := after.TotalAlloc - before.TotalAlloc
		if total%perSize == 0 && total/perSize < best {
			best = total / perSize
		}
	}
	return best
}
