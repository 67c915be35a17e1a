//go:build !go1.24 || (!go1.26 && !goexperiment.swissmap)

package main

import (
	"math/rand"
	"unsafe"
)

func (o *order) randomize(random *rand.Rand, others []*order) {
	o.quantity = 2 + random.Intn(7)
	o.code = random.Uint32()
	if n := len(others); n > 0 {
		o.lines = (*blob)(unsafe.Pointer(others[random.Intn(n)]))
	}
}

// broken lists structures that no map can be at rest (runtime/map.go).
var broken = []struct {
	rule string
	make func(o *order)
}{
	{"entries without buckets", func(o *order) { o.quantity = 3 }},
	{"more full cells than entries", func(o *order) {
		o.quantity, o.lines = 3, bytesOf(144, 9, 77, 200, 13, 99)
	}},
	{"fewer full cells than entries", func(o *order) {
		o.quantity, o.lines = 4, bytesOf(144, 9, 77)
	}},
	{"a full cell after emptyRest", func(o *order) {
		o.quantity, o.lines = 3, bytesOf(144, 9, 0, 77, 0, 88)
	}},
	{"evacuated cells in the current bucket", func(o *order) {
		o.quantity, o.lines = 1, bytesOf(144, 2, 3, 99, 4, 4, 4, 4, 4)
	}},
	{"a bucket array smaller than B needs", func(o *order) {
		o.quantity, o.log, o.lines = 20, 5, bytesOf(208, 9, 77)
	}},
	{"a B that no memory can hold", func(o *order) {
		o.quantity, o.log, o.lines = 20, 60, bytesOf(2048, 9, 77)
	}},
	{"buckets in the middle of an object", func(o *order) {
		o.quantity, o.lines = 2, inside(144, 9, 77)
	}},
	{"too many entries for B", func(o *order) {
		o.quantity, o.lines = 100, bytesOf(144, 9, 77, 8, 7, 6, 5, 9, 9)
	}},
	{"a negative count", func(o *order) {
		o.quantity, o.lines = -2, bytesOf(144, 9, 77)
	}},
	{"unknown flags", func(o *order) {
		o.quantity, o.state, o.lines = 2, 0xf0, bytesOf(144, 9, 77)
	}},
	{"old buckets as large as B = 0 cannot have", func(o *order) {
		o.quantity, o.lines, o.previous = 2, bytesOf(144, 9, 77), bytesOf(144, 9, 77)
	}},
	{"old buckets in the middle of an object", func(o *order) {
		o.quantity, o.log, o.lines, o.previous = 2, 1, bytesOf(288), inside(144, 9, 77)
	}},
	{"extra in the middle of an object", func(o *order) {
		o.quantity, o.lines, o.more = 2, bytesOf(144, 9, 77), inside(24)
	}},
}
