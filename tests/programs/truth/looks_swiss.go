//go:build go1.26 || (go1.24 && goexperiment.swissmap)

package main

import (
	"math/rand"
	"unsafe"
)

// order looks like maps.Map.
type order struct {
	quantity      uint64
	code          uint32
	codeRest      uint32
	lines         *blob
	length        int
	depth, shift  uint8
	open, certain bool
	serial        uint64
}

func (o *order) randomize(random *rand.Rand, others []*order) {
	o.quantity = 2 + uint64(random.Intn(6))
	o.code, o.codeRest = random.Uint32(), random.Uint32()
	if n := len(others); n > 0 {
		o.lines = (*blob)(unsafe.Pointer(others[random.Intn(n)]))
	}
}

const free = ctrlEmpty

// directory makes a directory of length places that all point to one table.
func (o *order) directory(length int, t swissTable) {
	places := make([]*swissTable, length)
	for i := range places {
		places[i] = &t
	}
	o.lines = (*blob)(unsafe.Pointer(&places[0]))
	o.length = length
}

// groupOf allocates groups of 8 one-byte keys whose first has the control bytes given.
func groupsOf(n int, ctrls ...byte) unsafe.Pointer {
	memory := make([]byte, 16*n)
	for i := range memory {
		if i%16 < 8 {
			memory[i] = free
		}
	}
	copy(memory, ctrls)
	return unsafe.Pointer(&memory[0])
}

// broken lists structures that no map can be at rest (internal/runtime/maps).
var broken = []struct {
	rule string
	make func(o *order)
}{
	{"entries without a group", func(o *order) { o.quantity = 3 }},
	{"more full slots than entries", func(o *order) {
		o.quantity, o.lines = 3, bytesOf(136, 1, 2, 3, 4, 5, free, free, free)
	}},
	{"fewer full slots than entries", func(o *order) {
		o.quantity, o.lines = 3, bytesOf(136, 1, free, free, free, free, free, free, free)
	}},
	{"a small map of nine", func(o *order) {
		o.quantity, o.lines = 9, bytesOf(136, 1, 2, 3, 4, 5, 6, 7, 8)
	}},
	{"a deleted slot in a small map", func(o *order) {
		o.quantity, o.lines = 2, bytesOf(136, 1, 2, ctrlDeleted, free, free, free, free, free)
	}},
	{"a control byte that means nothing", func(o *order) {
		o.quantity, o.lines = 2, bytesOf(136, 1, 2, 0x91, free, free, free, free, free)
	}},
	{"a group in the middle of an object", func(o *order) {
		o.quantity, o.lines = 2, inside(136, 1, 2, free, free, free, free, free, free)
	}},
	{"a small map with a depth", func(o *order) {
		o.quantity, o.depth, o.lines = 2, 3, bytesOf(136, 1, 2, free, free, free, free, free, free)
	}},
	{"a directory of three", func(o *order) {
		o.directory(3, swissTable{used: 2, capacity: 8, growthLeft: 5, groups: groupsOf(1, 1, 2)})
		o.quantity, o.depth, o.shift = 2, 2, 62
	}},
	{"a directory that is not 1<<depth long", func(o *order) {
		o.directory(4, swissTable{used: 2, capacity: 8, growthLeft: 5, groups: groupsOf(1, 1, 2)})
		o.quantity, o.depth, o.shift = 2, 1, 63
	}},
	{"a shift that does not fit the depth", func(o *order) {
		o.directory(1, swissTable{used: 2, capacity: 8, growthLeft: 5, groups: groupsOf(1, 1, 2)})
		o.quantity, o.shift = 2, 5
	}},
	{"a table whose capacity is not that of its groups", func(o *order) {
		o.directory(1, swissTable{used: 2, capacity: 16, growthLeft: 12, groups: groupsOf(1, 1, 2)})
		o.quantity, o.shift = 2, 64
	}},
	{"a table that is not at its index", func(o *order) {
		o.directory(1, swissTable{used: 2, capacity: 8, growthLeft: 5, index: 7, groups: groupsOf(1, 1, 2)})
		o.quantity, o.shift = 2, 64
	}},
	{"tables with other entries than the map", func(o *order) {
		o.directory(1, swissTable{used: 2, capacity: 8, growthLeft: 5, groups: groupsOf(1, 1, 2)})
		o.quantity, o.shift = 5, 64
	}},
	{"a table without groups", func(o *order) {
		o.directory(1, swissTable{used: 2, capacity: 8, growthLeft: 5})
		o.quantity, o.shift = 2, 64
	}},
	{"a directory of no tables", func(o *order) {
		o.quantity, o.shift, o.length, o.depth, o.lines = 2, 63, 2, 1, bytesOf(16)
	}},
}
