// Program swissreplay does with its maps what its input says, and tells where they stand and what chance had its part in.
//
// Each line of input is a command, answered by one line of JSON:
//
//	SHAPE make HINT      a new map: make(map[K]V, HINT)
//	SHAPE do STEP...     the steps, one after the other
//	SHAPE walk STEP...   ranges over the map; after each entry come two of the operations, as long as there are any
//
// aLOW,HIGH,E assigns keys LOW to HIGH-1, elem (key+E)%elems each; dLOW,HIGH,BY deletes every BY-th of them;
// wLOW,HIGH,WIDTH assigns like a and deletes the key WIDTH before each; c clears. Keys and elems have numbers, and
// what the numbers mean stands in shapes.go and in the test. The collector never runs.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"unsafe"
)

const elems = 199

// shape is one map with its operations. The functions are written out for each type, since the compiler chooses the
// runtime's function by the type that it sees.
type shape struct {
	header func() unsafe.Pointer
	make   func(hint int)
	assign func(key, elem int)
	delete func(key int)
	clear  func()
	value  func() any
	name   func(key reflect.Value) int // the number of a key; nil where the map is not walked
}

// header is what of maps.Map is read here.
type header struct{ used, seed uint64 }

type answer struct {
	Header  uintptr  `json:"header"`
	Seed    uint64   `json:"seed"`  // after make
	Seeds   []uint64 `json:"seeds"` // that the map got since the last answer, in order
	Mallocs uint64   `json:"mallocs"`
	Bytes   uint64   `json:"bytes"`
	Start   []uint64 `json:"start"`  // entryOffset and dirOffset of the walk
	Walked  []int    `json:"walked"` // numbers of keys
}

type operation struct {
	kind      byte
	key, elem int
}

func operations(steps []string) []operation {
	var out []operation
	for _, step := range steps {
		var n [3]int
		for i, text := range strings.Split(step[1:], ",") {
			n[i], _ = strconv.Atoi(text)
		}
		switch step[0] {
		case 'c':
			out = append(out, operation{'c', 0, 0})
		case 'd':
			for key := n[0]; key < n[1]; key += n[2] {
				out = append(out, operation{'d', key, 0})
			}
		default:
			for key := n[0]; key < n[1]; key++ {
				if step[0] == 'w' {
					out = append(out, operation{'a', key, key % elems}, operation{'d', key - n[2], 0})
				} else {
					out = append(out, operation{'a', key, (key + n[2]) % elems})
				}
			}
		}
	}
	return out
}

// seeds has room for all that a command may need, so that noting them allocates nothing.
var seeds = make([]uint64, 0, 1<<16)

func (s *shape) do(op operation) {
	before := (*header)(s.header()).seed
	switch op.kind {
	case 'a':
		s.assign(op.key, op.elem)
	case 'd':
		s.delete(op.key)
	case 'c':
		s.clear()
	}
	if now := (*header)(s.header()).seed; now != before {
		seeds = append(seeds, now)
	}
}

// Where the Iter of a reflect.MapIter stands, behind a Value, and in it (internal/runtime/maps/table.go).
const (
	iter        = 24
	entryOffset = iter + 32
	dirOffset   = iter + 40
)

func (s *shape) walk(todo []operation, out *answer) {
	it := reflect.ValueOf(s.value()).MapRange()
	for it.Next() {
		if out.Start == nil {
			at := unsafe.Pointer(it)
			out.Start = []uint64{*(*uint64)(unsafe.Add(at, entryOffset)), *(*uint64)(unsafe.Add(at, dirOffset))}
		}
		out.Walked = append(out.Walked, s.name(it.Key()))
		for range min(2, len(todo)) {
			s.do(todo[0])
			todo = todo[1:]
		}
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	fmt.Println(strconv.Quote(runtime.Version()))
	var before, after runtime.MemStats
	for in.Scan() {
		words := strings.Fields(in.Text())
		s, out := shapes[words[0]], &answer{Walked: []int{}}
		seeds = seeds[:0]
		switch words[1] {
		case "make":
			hint, _ := strconv.Atoi(words[2])
			runtime.ReadMemStats(&before)
			s.make(hint)
			runtime.ReadMemStats(&after)
		case "do":
			todo := operations(words[2:])
			runtime.ReadMemStats(&before)
			for _, op := range todo {
				s.do(op)
			}
			runtime.ReadMemStats(&after)
		case "walk":
			s.walk(operations(words[2:]), out)
		}
		out.Header = uintptr(s.header())
		out.Seed, out.Seeds = (*header)(s.header()).seed, seeds
		out.Mallocs, out.Bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
		line, _ := json.Marshal(out)
		fmt.Println(string(line))
	}
}
