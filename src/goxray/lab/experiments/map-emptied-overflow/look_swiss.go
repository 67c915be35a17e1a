//go:build go1.24

// A live map looked at in memory: since Go 1.24, tables of groups (internal/runtime/maps).
package main

import "unsafe"

const swiss = true

// slots is the place of eight entries: a group. Right for keys and elements of at most 128 bytes.
type slots[K comparable, V any] struct {
	marks [8]uint8
	pairs [8]struct {
		key  K
		elem V
	}
}

func (s *slots[K, V]) key(i int) *K       { return &s.pairs[i].key }
func (s *slots[K, V]) elem(i int) *V      { return &s.pairs[i].elem }
func (s *slots[K, V]) next() *slots[K, V] { return nil }
func (s *slots[K, V]) filled(i int) bool  { return s.marks[i]&0x80 == 0 }

type header struct {
	count     uint64
	seed      uintptr
	directory unsafe.Pointer
	tables    int
}

type table struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int
	groups                     unsafe.Pointer
	mask                       uint64
}

// arraysOf returns the arrays that the entries are in: that of each table, or the one group of a small map.
func arraysOf[K comparable, V any](h *header) [][]slots[K, V] {
	if h.directory == nil {
		return nil
	}
	if h.tables == 0 {
		return [][]slots[K, V]{unsafe.Slice((*slots[K, V])(h.directory), 1)}
	}
	var found [][]slots[K, V]
	var last *table
	for _, each := range unsafe.Slice((**table)(h.directory), h.tables) {
		if each != last {
			found = append(found, unsafe.Slice((*slots[K, V])(each.groups), each.mask+1))
		}
		last = each
	}
	return found
}
