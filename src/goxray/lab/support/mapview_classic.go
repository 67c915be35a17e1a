//go:build !go1.24

// A live map looked at in memory: before Go 1.24, buckets with chains of overflow buckets (runtime/map.go).
package main

import "unsafe"

// swiss tells whether this program's maps are Swiss maps.
const swiss = false

type mapHeader = classicMap

// mapSlots is the place of eight entries: a bucket. Right for keys and elements of at most 128 bytes.
type mapSlots[K comparable, V any] struct {
	marks [8]uint8
	keys  [8]K
	elems [8]V
	chain *mapSlots[K, V]
}

func (s *mapSlots[K, V]) key(i int) *K          { return &s.keys[i] }
func (s *mapSlots[K, V]) elem(i int) *V         { return &s.elems[i] }
func (s *mapSlots[K, V]) next() *mapSlots[K, V] { return s.chain }
func (s *mapSlots[K, V]) filled(i int) bool     { return s.marks[i] >= 5 }

// first returns where a map's present array begins, nil before there is one.
func (h *classicMap) first() unsafe.Pointer { return h.buckets }

// bucketsOf returns how many buckets a map's present array has, overflow buckets left out; 0 before there is one.
func bucketsOf(h *mapHeader) int {
	if h.buckets == nil {
		return 0
	}
	return 1 << h.b
}

// arraysOf returns the arrays that the entries are in: here one, none where nothing is allocated yet.
func arraysOf[K comparable, V any](h *mapHeader) [][]mapSlots[K, V] {
	if h.buckets == nil {
		return nil
	}
	return [][]mapSlots[K, V]{unsafe.Slice((*mapSlots[K, V])(h.buckets), 1<<h.b)}
}
