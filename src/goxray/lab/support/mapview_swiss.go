//go:build go1.24

// A live map looked at in memory: since Go 1.24, tables of groups (internal/runtime/maps).
package main

import "unsafe"

// swiss tells whether this program's maps are Swiss maps.
const swiss = true

// mapHeader is the header of a map (internal/runtime/maps, Map), mapTable one of its tables.
type mapHeader struct {
	count     uint64
	seed      uintptr
	directory unsafe.Pointer
	tables    int
}

type mapTable struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int
	groups                     unsafe.Pointer
	mask                       uint64
}

// mapSlots is the place of eight entries: a group. Right for keys and elements of at most 128 bytes.
type mapSlots[K comparable, V any] struct {
	marks [8]uint8
	pairs [8]struct {
		key  K
		elem V
	}
}

func (s *mapSlots[K, V]) key(i int) *K          { return &s.pairs[i].key }
func (s *mapSlots[K, V]) elem(i int) *V         { return &s.pairs[i].elem }
func (s *mapSlots[K, V]) next() *mapSlots[K, V] { return nil }
func (s *mapSlots[K, V]) filled(i int) bool     { return s.marks[i]&0x80 == 0 }

// first returns the one group of a small map, the directory of another, nil before there is either.
func (h *mapHeader) first() unsafe.Pointer { return h.directory }

// tablesOf returns the tables of a map that is not small: several places of the directory may hold one.
func tablesOf(h *mapHeader) []*mapTable {
	var found []*mapTable
	for _, each := range unsafe.Slice((**mapTable)(h.directory), h.tables) {
		if len(found) == 0 || each != found[len(found)-1] {
			found = append(found, each)
		}
	}
	return found
}

// bucketsOf returns how many groups a map has; 0 before there is one.
func bucketsOf(h *mapHeader) int {
	if h.directory == nil {
		return 0
	}
	if h.tables == 0 {
		return 1
	}
	groups := 0
	for _, each := range tablesOf(h) {
		groups += int(each.mask) + 1
	}
	return groups
}

// arraysOf returns the arrays that the entries are in: that of each table, or the one group of a small map.
func arraysOf[K comparable, V any](h *mapHeader) [][]mapSlots[K, V] {
	if h.directory == nil {
		return nil
	}
	if h.tables == 0 {
		return [][]mapSlots[K, V]{unsafe.Slice((*mapSlots[K, V])(h.directory), 1)}
	}
	var found [][]mapSlots[K, V]
	for _, each := range tablesOf(h) {
		found = append(found, unsafe.Slice((*mapSlots[K, V])(each.groups), each.mask+1))
	}
	return found
}
