// Program mapstates puts maps through random operations and prints, again and again, the raw state of each one.
//
// A line of JSON for each look at a map: its header, its buckets or tables, and the hash that Go's own hasher gives for
// every key in it. Arguments: how many looks at each map, the random seed.
package main

import (
	"encoding/json"
	"maps"
	"math"
	"math/rand"
	"os"
	"strconv"
	"unsafe"
)

type hasher = func(key unsafe.Pointer, seed uintptr) uintptr

// unit is one bucket or group: its eight marks and the hashes of its keys; Known is false for keys unlike themselves.
type unit struct {
	Word   uint64    `json:"word"`
	Hashes [8]uint64 `json:"hashes"`
	Known  [8]bool   `json:"known"`
	Old    bool      `json:"old,omitempty"`
	Bucket int       `json:"bucket,omitempty"`
	Depth  int       `json:"depth,omitempty"`
	Addr   uint64    `json:"addr,omitempty"`
}

type look struct {
	Name   string           `json:"name"`
	Step   int              `json:"step"`
	Header map[string]int64 `json:"header"`
	Tables [][]int64        `json:"tables"`
	Units  []unit           `json:"units"`
}

// reader knows the key type of one map type.
type reader[K comparable] struct {
	hash hasher
	typ  unsafe.Pointer
}

func readerOf[K comparable](m map[K]int64) reader[K] {
	var boxed any = m
	typ := *(*unsafe.Pointer)(unsafe.Pointer(&boxed))
	return reader[K]{*(*hasher)(unsafe.Add(typ, hasherOffset)), typ}
}

// hasherOffset is where the hasher stands in every map type: after abi.Type and three pointers.
const hasherOffset = 72

// look fills in the hash of the key at p, if the slot is full.
func (r reader[K]) key(u *unit, slot int, p unsafe.Pointer, seed uintptr) {
	if unsafe.Sizeof(*(*K)(nil)) > 128 {
		p = *(*unsafe.Pointer)(p)
	}
	u.Hashes[slot] = uint64(r.hash(p, seed))
	u.Known[slot] = *(*K)(p) == *(*K)(p)
}

func (r reader[K]) stride() uintptr {
	if size := unsafe.Sizeof(*(*K)(nil)); size <= 128 {
		return size
	}
	return 8
}

func live[K comparable](name string, looks int, random *rand.Rand, hint int, make_ func(int) K) {
	encoder := json.NewEncoder(os.Stdout)
	m := make(map[K]int64, hint)
	limit := 1 << (3 + random.Intn(10))
	for step := 0; step < looks; step++ {
		for n := random.Intn(limit); n > 0; n-- {
			operate(m, make_, random, limit)
		}
		switch random.Intn(24) {
		case 0:
			clear(m)
		case 1:
			m = maps.Clone(m)
		case 2:
			for range m {
				break
			}
		case 3, 4:
			limit = 1 << (3 + random.Intn(10))
			m = make(map[K]int64)
		case 5, 6, 7:
			// A window of keys that moves on, of a size that nearly fills a classic map: many deletes at a steady size,
			// until growth is under way.
			for n := 0; n < 40*limit && !(n > 2*limit && growing(header(m)) && random.Intn(20) == 0); n++ {
				m[make_(limit*11/8+n)] = 1
				delete(m, make_(n))
			}
		case 8, 9, 10:
			for n := 0; n < 4*limit && !(growing(header(m)) && random.Intn(20) == 0); n++ {
				m[make_(n)] = 1
			}
		}
		out := readerOf(m).read(header(m))
		out.Name, out.Step = name, step
		if err := encoder.Encode(out); err != nil {
			panic(err)
		}
	}
}

func header[K comparable](m map[K]int64) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&m))
}

func operate[K comparable](m map[K]int64, make_ func(int) K, random *rand.Rand, limit int) {
	if random.Intn(5) < 3 {
		m[make_(random.Intn(limit))] = 1
	} else {
		delete(m, make_(random.Intn(limit)))
	}
}

func main() {
	looks, _ := strconv.Atoi(os.Args[1])
	start, _ := strconv.ParseInt(os.Args[2], 10, 64)
	random := rand.New(rand.NewSource(start))
	live("int", looks, random, 0, func(i int) int { return i })
	live("int32", looks, random, 100, func(i int) int32 { return int32(i) })
	live("string", looks, random, 3000, strconv.Itoa)
	live("float64", looks, random, 0, func(i int) float64 {
		if i%40 == 0 {
			return math.NaN()
		}
		return float64(i)
	})
	live("array", looks, random, 9, func(i int) [20]int64 { return [20]int64{3: int64(i)} })
	live("any", looks, random, 0, func(i int) any {
		if i%2 == 0 {
			return i
		}
		return strconv.Itoa(i)
	})
}
