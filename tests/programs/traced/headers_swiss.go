//go:build go1.26 || (go1.24 && goexperiment.swissmap)

package main

import "unsafe"

const mapKind = "swiss"

// swissMap and swissTable are the heads of Map and table (internal/runtime/maps: map.go, table.go).
type swissMap struct {
	used   uint64
	seed   uintptr
	dirPtr unsafe.Pointer
	dirLen int
}

type swissTable struct {
	used, capacity, growthLeft uint16
}

// state is the tables of a map and their slots; none while the map is one group.
type state map[*swissTable]uint16

func look(header unsafe.Pointer) state {
	m := (*swissMap)(header)
	found := state{}
	if m.dirLen > 0 {
		for _, t := range unsafe.Slice((**swissTable)(m.dirPtr), m.dirLen) {
			found[t] = t.capacity
		}
	}
	return found
}

// since adds what happened to a map between two looks: in one insert a group became a table, or one table was
// replaced by a larger one, or by two.
func (c *counts) since(before, after state) {
	var gone, come []uint16
	for t, slots := range before {
		if _, still := after[t]; !still {
			gone = append(gone, slots)
		}
	}
	for t, slots := range after {
		if _, there := before[t]; !there {
			come = append(come, slots)
		}
	}
	switch {
	case len(come) == 0:
	case len(gone) == 0 && len(come) == 1:
		c.MapGrow++
		c.OldSlots += 8
		c.NewSlots += 16
	case len(gone) == 1 && len(come) == 1:
		c.TableGrow++
		c.OldSlots += int(gone[0])
		c.NewSlots += int(come[0])
	case len(gone) == 1 && len(come) == 2:
		c.TableSplit++
		c.OldSlots += int(gone[0])
		c.NewSlots += int(come[0]) + int(come[1])
	default:
		panic("a map did two things in one insert")
	}
}
