//go:build !go1.24

// A live map looked at in memory: before Go 1.24, buckets with chains of overflow buckets (runtime/map.go).
package main

import "unsafe"

const swiss = false

// slots is the place of eight entries: a bucket. Right for keys and elements of at most 128 bytes.
type slots[K comparable, V any] struct {
	marks [8]uint8
	keys  [8]K
	elems [8]V
	chain *slots[K, V]
}

func (s *slots[K, V]) key(i int) *K       { return &s.keys[i] }
func (s *slots[K, V]) elem(i int) *V      { return &s.elems[i] }
func (s *slots[K, V]) next() *slots[K, V] { return s.chain }
func (s *slots[K, V]) filled(i int) bool  { return s.marks[i] >= 5 }

type header struct {
	count      int
	flags, b   uint8
	noverflow  uint16
	seed       uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	extra      unsafe.Pointer
}

// arraysOf returns the arrays that the entries are in: here one, none where nothing is allocated yet.
func arraysOf[K comparable, V any](h *header) [][]slots[K, V] {
	if h.buckets == nil {
		return nil
	}
	return [][]slots[K, V]{unsafe.Slice((*slots[K, V])(h.buckets), 1<<h.b)}
}
