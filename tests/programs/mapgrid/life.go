package main

import "unsafe"

// shape is a map type whose maps can be lived through.
type shape interface {
	live(hint int, steps []step) [][]uint64
	unit() [2]uintptr
}

// subject is a map type with its keys by number.
type subject[K comparable, V any] struct {
	key  func(number int) K
	elem V
	made []K
	m    map[K]V
	typ  unsafe.Pointer
}

func of[K comparable, V any](key func(int) K) *subject[K, V] {
	var m map[K]V
	return &subject[K, V]{key: key, typ: typeWord(m)}
}

// unit returns the size of the type's bucket or group and the bytes up to the end of its last pointer.
func (s *subject[K, V]) unit() [2]uintptr {
	u := unitOf(s.typ)
	return [2]uintptr{u.size, u.ptrBytes}
}

// live makes one map, does the steps with it and returns its figures after each.
func (s *subject[K, V]) live(hint int, steps []step) [][]uint64 {
	s.prepare(steps)
	rows := make([][]uint64, 0, len(steps))
	s.m = nil
	var total cost
	heap := heapAlloc(steps)
	before := spent()
	if hint < 0 {
		s.m = make(map[K]V)
	} else {
		s.m = make(map[K]V, hint)
	}
	total.add(before, spent())
	header := *(*uintptr)(unsafe.Pointer(&s.m))
	for _, each := range steps {
		peak := uint64(0)
		if each.peak {
			peak = s.watched(each, &total)
		} else {
			before := spent()
			s.do(each.kind, each.keys)
			total.add(before, spent())
		}
		more := uint64(0)
		if each.heap {
			more = liveHeap() - heap
		}
		rows = append(rows, read(s.typ, header).row(total, peak, more))
	}
	return rows
}

// heapAlloc returns what is on the heap before there is a map, where a step asks for it.
func heapAlloc(steps []step) uint64 {
	for _, each := range steps {
		if each.heap {
			return liveHeap()
		}
	}
	return 0
}

// prepare makes the keys that the steps speak of, so that their making is not counted.
func (s *subject[K, V]) prepare(steps []step) {
	most := 0
	for _, each := range steps {
		for _, k := range each.keys {
			if k >= most {
				most = k + 1
			}
		}
	}
	for n := len(s.made); n < most; n++ {
		s.made = append(s.made, s.key(n))
	}
}

func (s *subject[K, V]) do(kind byte, keys []int) {
	m := s.m
	switch kind {
	case 'i':
		for _, k := range keys {
			m[s.made[k]] = s.elem
		}
	case 'c':
		clear(m)
	default:
		for _, k := range keys {
			delete(m, s.made[k])
		}
	}
}

// watched does a step key by key. What an operation finds and what it allocates are both held at some moment, as long
// as it does not let go of anything between two allocations of its own.
func (s *subject[K, V]) watched(each step, total *cost) uint64 {
	header := *(*uintptr)(unsafe.Pointer(&s.m))
	held := read(s.typ, header).bytes
	peak := uint64(held)
	for i := range each.keys {
		moving := growing(header)
		before := spent()
		s.do(each.kind, each.keys[i:i+1])
		after := spent()
		total.add(before, after)
		if top := uint64(held) + after.bytes - before.bytes; top > peak {
			peak = top
		}
		if after.bytes != before.bytes || moving {
			held = read(s.typ, header).bytes
		}
	}
	return peak
}

// figures is what a look at a map's memory says.
type figures struct {
	entries, slots, tombstones, bytes, indirect int
	seed                                        uint64
	detail                                      []int
}

func (f figures) row(spent cost, peak, heap uint64) []uint64 {
	row := []uint64{
		uint64(f.entries), uint64(f.slots), uint64(f.tombstones), uint64(f.bytes), uint64(f.indirect), peak,
		spent.mallocs, spent.bytes, spent.scan, heap, f.seed,
	}
	for _, each := range f.detail {
		row = append(row, uint64(each))
	}
	return row
}
