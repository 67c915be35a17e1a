// Program advice holds maps that each rule of goxray advise must flag, and near misses that it must not. Told
// "apply RULE" it takes the advice and says what that gained by the runtime's own figures. With "profile FILE" it
// makes and drops maps instead and writes a heap profile; with "compare" it does that work as the advice says, too.
// With "healthy" it holds what no rule should find fault with.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

type scratch struct {
	seen map[int64]int64
}

var (
	rebuildBad, rebuildEmpty, rebuildGood map[int64]int64

	tinyBad, tinyFew []map[int32]int32
	tinyLarger       []map[int32]int32

	oldBad, oldGood map[int64]int64

	hintBad, hintGood map[int64]int64

	largeBad  map[int64][136]byte
	largeGood map[int64][128]byte

	scanBad  map[string]int64
	scanGood map[[16]byte]int64
	scanText map[int64]string
	scanPtr  map[int64]*point
	scanTime map[int64]time.Time
	scanTiny []map[string]string

	hugeBad map[int64]int64

	poolBad    = sync.Pool{New: func() any { return new(scratch) }}
	poolDirect = sync.Pool{New: func() any { return map[int64]int64{} }}
	poolGood   = sync.Pool{New: func() any { return new(scratch) }}

	setBad  map[int64]struct{}
	setGood map[int64]int64

	anyBad, anyMixed map[any]int64

	pinBad, pinGood []string

	kept, direct any
)

type point struct{ x, y int64 }

type span struct{ from, to uint32 }

// A count far from where a Swiss map's tables split, and a classic map's buckets double, whatever the hash.
const settled = 48_000

func filled(n int) map[int64]int64 {
	m := map[int64]int64{}
	for i := 0; i < n; i++ {
		m[int64(i)] = 1
	}
	return m
}

func key(i int) string { return fmt.Sprintf("%016d", i) }

//go:noinline
func fill() {
	rebuildBad, rebuildEmpty, rebuildGood = filled(settled), filled(settled), filled(settled)
	for i := int64(0); i < settled; i++ {
		if i >= 500 {
			delete(rebuildBad, i)
		}
		delete(rebuildEmpty, i)
		if i >= 40_000 {
			delete(rebuildGood, i)
		}
	}
	tinyBad = make([]map[int32]int32, 0, 5000)
	for i := 0; i < 5000; i++ {
		tinyBad = append(tinyBad, map[int32]int32{1: 1, 2: 2, int32(i + 3): 3})
	}
	for i := 0; i < 500; i++ {
		tinyFew = append(tinyFew, map[int32]int32{1: 1, 2: 2, int32(i + 3): 3})
	}
	for i := 0; i < 1200; i++ {
		m := map[int32]int32{}
		for j := int32(0); j < 12; j++ {
			m[j] = j
		}
		tinyLarger = append(tinyLarger, m)
	}
	oldBad = filled(13<<13 + 1) // the write that makes 2^15 buckets of 2^14
	oldGood = filled(13<<13 + 1)
	for i := 0; i < 3; i++ {
		for k, v := range oldGood {
			oldGood[k] = v
		}
	}
	hintBad = filled(settled)
	hintGood = make(map[int64]int64, settled)
	for i := int64(0); i < settled; i++ {
		hintGood[i] = 1
	}
}

//go:noinline
func fillTypes() {
	largeBad, largeGood = map[int64][136]byte{}, map[int64][128]byte{}
	for i := int64(0); i < 5000; i++ {
		largeBad[i], largeGood[i] = [136]byte{1}, [128]byte{1}
	}
	scanBad, scanGood = map[string]int64{}, map[[16]byte]int64{}
	for i := 0; i < settled; i++ {
		scanBad[key(i)] = 1
		scanGood[[16]byte([]byte(key(i)))] = 1
	}
	scanText, scanPtr, scanTime = map[int64]string{}, map[int64]*point{}, map[int64]time.Time{}
	for i := int64(0); i < settled; i++ {
		scanText[i] = key(int(i))
		scanPtr[i] = &point{i, i}
		scanTime[i] = time.Unix(i, 0)
	}
	for i := 0; i < 6000; i++ {
		scanTiny = append(scanTiny, map[string]string{"plan": "free"})
	}
	hugeBad = filled(500_000)
	setBad = map[int64]struct{}{}
	for i := int64(0); i < settled; i++ {
		setBad[i] = struct{}{}
	}
	setGood = filled(settled)
	anyBad, anyMixed = map[any]int64{}, map[any]int64{}
	for i := 1000; i < 6000; i++ {
		anyBad[i] = 1
		if i%2 == 0 {
			anyMixed[i] = 1
		} else {
			anyMixed[key(i)] = 1
		}
	}
	for i := 0; i < 200; i++ {
		line := string(make([]byte, 4096))
		pinBad = append(pinBad, line[:10])
		pinGood = append(pinGood, string([]byte(line[:10])))
	}
}

//go:noinline
func fillPools() {
	bad := poolBad.Get().(*scratch)
	bad.seen = filled(settled)
	clear(bad.seen)
	poolBad.Put(bad)
	direct := filled(settled)
	clear(direct)
	poolDirect.Put(direct)
	good := poolGood.Get().(*scratch)
	good.seen = filled(8)
	clear(good.seen)
	poolGood.Put(good)
}

// clobber overwrites what the functions above left on the stack.
//
//go:noinline
func clobber(depth int) int {
	var room [512]int
	room[depth%512] = depth
	if depth == 0 {
		return room[0]
	}
	return clobber(depth-1) + room[depth%512]
}

func heapAlloc() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func totalAlloc() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.TotalAlloc)
}

func scannable() int64 {
	runtime.GC()
	runtime.GC()
	sample := []metrics.Sample{{Name: "/gc/scan/heap:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// dropped returns by how much a figure falls when the advice is taken.
func dropped(figure func() int64, take func()) int64 {
	before := figure()
	take()
	return before - figure()
}

func copied(m map[int64]int64) map[int64]int64 {
	fresh := make(map[int64]int64, len(m))
	for k, v := range m {
		fresh[k] = v
	}
	return fresh
}

// atOnce returns what the one write allocates that brings a map over its limit.
func atOnce(m map[int64]int64, limit int) int64 {
	for i := len(m); i < limit; i++ {
		m[int64(i)] = 1
	}
	before := totalAlloc()
	m[int64(limit)] = 1
	return totalAlloc() - before
}

type session struct {
	user    string
	created time.Time
}

var healthy struct {
	mu       sync.Mutex
	byToken  map[[16]byte]*session
	names    map[string]int
	hinted   map[int64]int64
	tags     []map[string]string
	flags    map[any]bool
	window   map[int64]struct{}
	scratch  sync.Pool
	pieces   []string
	versions map[string]time.Time
}

// live fills what a service in good health holds: maps as full as they were, as large as they need to be.
//
//go:noinline
func live() {
	h := &healthy
	h.byToken, h.names, h.versions = map[[16]byte]*session{}, map[string]int{}, map[string]time.Time{}
	h.flags, h.window, h.hinted = map[any]bool{}, map[int64]struct{}{}, make(map[int64]int64, settled)
	for i := 0; i < settled; i++ {
		h.hinted[int64(i)] = 1
	}
	for i := 0; i < 1500; i++ {
		h.byToken[[16]byte([]byte(key(i)))] = &session{key(i % 100), time.Unix(int64(i), 0)}
		h.names[key(i)], h.versions[key(i)] = i, time.Unix(int64(i), 0)
		h.window[int64(i)] = struct{}{}
		h.pieces = append(h.pieces, key(i)[:12])
	}
	for i := 0; i < 400; i++ {
		h.flags[i] = true
		h.tags = append(h.tags, map[string]string{"plan": "free"})
	}
	for i := int64(0); i < 400; i++ {
		delete(h.window, i)
	}
	h.scratch.Put(map[int64]int64{1: 1})
}

type pair struct{ key, elem int32 }

var advice = map[string]func() int64{
	"rebuild-after-delete": func() int64 {
		return dropped(heapAlloc, func() { rebuildBad = copied(rebuildBad) })
	},
	"many-tiny-maps": func() int64 {
		return dropped(heapAlloc, func() {
			slices := make([][]pair, len(tinyBad))
			for i, m := range tinyBad {
				slices[i] = make([]pair, 0, len(m))
				for k, v := range m {
					slices[i] = append(slices[i], pair{k, v})
				}
			}
			kept, tinyBad = slices, nil
		})
	},
	"old-buckets": func() int64 {
		return dropped(heapAlloc, func() {
			for k, v := range oldBad {
				oldBad[k] = v
			}
		})
	},
	"right-hint": func() int64 {
		spent := func(m map[int64]int64) int64 {
			before := totalAlloc()
			for i := int64(0); i < settled; i++ {
				m[i] = 1
			}
			return totalAlloc() - before
		}
		before := totalAlloc()
		m := make(map[int64]int64, settled)
		made := totalAlloc() - before
		return spent(map[int64]int64{}) - made - spent(m)
	},
	"large-elems": func() int64 {
		return dropped(heapAlloc, func() {
			index := map[int64]int32{}
			elems := make([][136]byte, 0, len(largeBad))
			for k, v := range largeBad {
				index[k] = int32(len(elems))
				elems = append(elems, v)
			}
			kept, largeBad = []any{index, elems}, nil
		})
	},
	"pointer-free": func() int64 {
		return dropped(scannable, func() {
			m := make(map[[16]byte]int64)
			for k, v := range scanBad {
				m[[16]byte([]byte(k))] = v
			}
			kept, scanBad = m, nil
		})
	},
	"pointer-free text": func() int64 {
		return dropped(scannable, func() {
			text, m := []byte{}, map[int64]span{}
			for k, v := range scanText {
				m[k] = span{uint32(len(text)), uint32(len(text) + len(v))}
				text = append(text, v...)
			}
			kept, scanText = []any{text, m}, nil
		})
	},
	"pointer-free pointer": func() int64 {
		return dropped(scannable, func() {
			elems, m := []point{}, map[int64]int32{}
			for k, v := range scanPtr {
				m[k] = int32(len(elems))
				elems = append(elems, *v)
			}
			kept, scanPtr = []any{elems, m}, nil
		})
	},
	"pointer-free time": func() int64 {
		return dropped(scannable, func() {
			m := map[int64]int64{}
			for k, v := range scanTime {
				m[k] = v.UnixNano()
			}
			kept, scanTime = m, nil
		})
	},
	"rebuild-after-delete empty": func() int64 {
		return dropped(heapAlloc, func() { rebuildEmpty = nil })
	},
	"pooled-maps direct": func() int64 {
		return dropped(heapAlloc, func() { direct = nil }) // the giant is not put back
	},
	"huge-map": func() int64 {
		whole := atOnce(hugeBad, 13<<16)
		shard := map[int64]int64{}
		return whole - atOnce(shard, 13<<10)
	},
	"pooled-maps": func() int64 {
		giant := poolBad.Get().(*scratch)
		direct = poolDirect.Get() // before collections empty that pool too
		kept = giant
		return dropped(heapAlloc, func() { giant.seen = map[int64]int64{} })
	},
	"interface-keys": func() int64 {
		return dropped(heapAlloc, func() {
			m := map[int]int64{}
			for k, v := range anyBad {
				m[k.(int)] = v
			}
			kept, anyBad = m, nil
		})
	},
	"pinned-strings": func() int64 {
		return dropped(heapAlloc, func() {
			for i, s := range pinBad {
				pinBad[i] = string([]byte(s))
			}
		})
	},
}

func say(what any) {
	text, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func main() {
	undumpReserved()
	if len(os.Args) > 2 {
		profile(os.Args[2])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "compare" {
		compare()
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "healthy" {
		live()
		clobber(64)
		runtime.GC()
		say(map[string]any{"ready": true})
		bufio.NewScanner(os.Stdin).Scan()
		runtime.KeepAlive(&healthy)
		return
	}
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(1) // what one processor puts into a pool another may not get
	fill()
	fillTypes()
	clobber(64)
	runtime.GC()
	runtime.GC()
	fillPools()
	clobber(64)
	totalAlloc()
	say(map[string]any{"ready": true})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		take := advice[lines.Text()]
		if take == nil {
			say(map[string]any{"unknown": lines.Text()})
			continue
		}
		say(map[string]any{"rule": lines.Text(), "gained": take()})
		kept = nil
	}
	runtime.KeepAlive(advice)
}
