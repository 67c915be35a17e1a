//go:build !go1.24 || (!go1.26 && !goexperiment.swissmap)

package main

import "unsafe"

const mapKind = "classic"

// hmap is the header of a classic map (runtime/map.go); what follows buckets does not matter here.
type hmap struct {
	count     int
	flags, B  uint8
	noverflow uint16
	hash0     uint32
	buckets   unsafe.Pointer
}

// state is what tells of a growth: hashGrow gives a map a new array of buckets each time.
type state struct {
	buckets unsafe.Pointer
	b       uint8
}

func look(header unsafe.Pointer) state {
	h := (*hmap)(header)
	return state{h.buckets, h.B}
}

// since adds what happened to a map between two looks; at most one growth happens in one insert.
func (c *counts) since(before, after state) {
	if before.buckets == nil || before.buckets == after.buckets {
		return
	}
	c.MapGrow++
	if before.b == after.b {
		c.SameSize++
	}
	c.NewSlots += 8 << after.b
	c.OldSlots += 8 << before.b
}
