// Program classicreplay does to its maps what it is told, and says where they stand in memory.
//
// Commands, one a line, each answered with a line of JSON:
//
//	make SHAPE HINT    a new map of that shape
//	do SHAPE OP...     aKEY:ELEM assigns, dKEY deletes, c clears, t starts an iteration and leaves it;
//	                   ALOW-HIGH assigns keys in turn, DLOW-HIGH deletes them, WLOW-HIGH:WIDTH moves a window
//	walk SHAPE OP...   ranges over the map and does one operation after each entry as long as there are any
//
// Keys and elems are numbers of entries in the shape's tables. No collection ever runs.
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

// table is an array of keys or elems: where it stands, how many there are, the size of each.
type table struct {
	Addr  uintptr `json:"addr"`
	Count int     `json:"count"`
	Size  uintptr `json:"size"`
}

func tableOf[T any](all []T) table {
	return table{uintptr(unsafe.Pointer(unsafe.SliceData(all))), len(all), unsafe.Sizeof(all[0])}
}

// subject is one map with what can be done to it. Its functions are written out for each type: in generic code the
// compiler need not call the functions that it calls elsewhere.
type subject struct {
	keys, elems table
	header      func() unsafe.Pointer
	remake      func(hint int)
	assign      func(key, elem int)
	remove      func(key int)
	clear       func()
	touch       func()
	value       func() any
	number      func(elem any) int
	seeds       []uint32
	counted     memory
}

// memory is what MemStats counts.
type memory struct{ Mallocs, Bytes uint64 }

func measured() memory {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return memory{stats.Mallocs, stats.TotalAlloc}
}

// seed reads hmap.hash0.
func (s *subject) seed() uint32 { return *(*uint32)(unsafe.Add(s.header(), 12)) }

// note writes down the seed where it has changed.
func (s *subject) note() {
	if now := s.seed(); now != s.seeds[len(s.seeds)-1] {
		s.seeds = append(s.seeds, now)
	}
}

// step is one operation on numbered keys.
type step struct {
	op        byte
	key, elem int
}

func (s *subject) do(at step) {
	switch at.op {
	case 'a':
		s.assign(at.key, at.elem)
	case 'd':
		s.remove(at.key)
	case 'c':
		s.clear()
	case 't':
		s.touch()
	}
}

func parse(word string, elems int) []step {
	var found []step
	text, last, _ := strings.Cut(word[1:], ":")
	low, high, _ := strings.Cut(text, "-")
	first, end, width := number(low), number(high), number(last)
	switch word[0] {
	case 'A':
		for key := first; key < end; key++ {
			found = append(found, step{'a', key, key % elems})
		}
	case 'D':
		for key := first; key < end; key++ {
			found = append(found, step{'d', key, 0})
		}
	case 'W':
		for key := first; key < end; key++ {
			found = append(found, step{'a', key, key % elems}, step{'d', key - width, 0})
		}
	default:
		found = append(found, step{word[0], first, width})
	}
	return found
}

func number(text string) int {
	found, _ := strconv.Atoi(text)
	return found
}

func parseAll(words []string, elems int) []step {
	var found []step
	for _, word := range words {
		found = append(found, parse(word, elems)...)
	}
	return found
}

type answer struct {
	Header  uintptr  `json:"header"`
	Seeds   []uint32 `json:"seeds"`
	Mallocs uint64   `json:"mallocs"`
	Bytes   uint64   `json:"bytes"`
	Start   uint64   `json:"start"`
	Offset  uint64   `json:"offset"`
	B       uint8    `json:"b"`
	Walked  []int    `json:"walked"`
}

func (s *subject) answer() answer {
	return answer{Header: uintptr(s.header()), Seeds: s.seeds, Mallocs: s.counted.Mallocs, Bytes: s.counted.Bytes}
}

func (s *subject) run(steps []step) {
	if cap(s.seeds)-len(s.seeds) < len(steps) {
		s.seeds = append(make([]uint32, 0, 2*(len(s.seeds)+len(steps))), s.seeds...)
	}
	before := measured()
	for _, each := range steps {
		s.do(each)
		s.note()
	}
	after := measured()
	s.counted.Mallocs += after.Mallocs - before.Mallocs
	s.counted.Bytes += after.Bytes - before.Bytes
}

// Where startBucket and offset stand in reflect.MapIter: behind a Value, and behind eight words of its hiter.
const (
	startBucketAt = 24 + 8*8
	offsetAt      = startBucketAt + 8
)

func (s *subject) walk(steps []step) answer {
	out := answer{B: *(*uint8)(unsafe.Add(s.header(), 9)), Walked: []int{}}
	iter := reflect.ValueOf(s.value()).MapRange()
	for iter.Next() {
		if len(out.Walked) == 0 {
			out.Start = *(*uint64)(unsafe.Add(unsafe.Pointer(iter), startBucketAt))
			out.Offset = uint64(*(*uint8)(unsafe.Add(unsafe.Pointer(iter), offsetAt)))
		}
		out.Walked = append(out.Walked, s.number(iter.Value().Interface()))
		if len(steps) > 0 {
			s.do(steps[0])
			s.note()
			steps = steps[1:]
		}
	}
	out.Header, out.Seeds = uintptr(s.header()), s.seeds
	return out
}

func main() {
	debug.SetGCPercent(-1)
	subjects := subjects()
	about := map[string][]table{}
	for name, each := range subjects {
		about[name] = []table{each.keys, each.elems}
	}
	say(about)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		s := subjects[words[1]]
		switch words[0] {
		case "make":
			hint := number(words[2])
			before := measured()
			s.remake(hint)
			after := measured()
			s.counted = memory{after.Mallocs - before.Mallocs, after.Bytes - before.Bytes}
			s.seeds = append(s.seeds[:0:0], s.seed())
			say(s.answer())
		case "do":
			s.run(parseAll(words[2:], s.elems.Count))
			say(s.answer())
		case "walk":
			say(s.walk(parseAll(words[2:], s.elems.Count)))
		}
	}
	runtime.KeepAlive(subjects)
}

func say(what any) {
	line, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
