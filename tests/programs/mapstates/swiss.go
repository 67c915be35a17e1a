//go:build go1.26 || (go1.24 && goexperiment.swissmap)

package main

import "unsafe"

// swissMap and swissTable as in internal/runtime/maps; tombstonePossible is padding before Go 1.25.
type swissMap struct {
	used                                                 uint64
	seed                                                 uintptr
	dirPtr                                               unsafe.Pointer
	dirLen                                               int64
	globalDepth, globalShift, writing, tombstonePossible uint8
}

type swissTable struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int64
	groups                     unsafe.Pointer
	lengthMask                 uint64
}

func (r reader[K]) read(p unsafe.Pointer) look {
	m := (*swissMap)(p)
	hasDir := int64(0)
	if m.dirPtr != nil {
		hasDir = 1
	}
	out := look{Header: map[string]int64{
		"used": int64(m.used), "dir_len": m.dirLen, "global_depth": int64(m.globalDepth),
		"global_shift": int64(m.globalShift), "has_dir": hasDir, "tombstone_possible": int64(m.tombstonePossible),
	}}
	if m.dirLen == 0 && m.dirPtr != nil {
		out.Units = append(out.Units, r.group(m.dirPtr, m.seed))
	}
	directory := unsafe.Slice((**swissTable)(m.dirPtr), m.dirLen)
	for i, t := range directory {
		if i > 0 && directory[i-1] == t {
			out.Tables[len(out.Tables)-1][1]++
			continue
		}
		out.Tables = append(out.Tables, []int64{int64(i), 1, int64(t.used), int64(t.capacity), int64(t.growthLeft),
			t.index, int64(t.localDepth), int64(t.lengthMask + 1)})
		for g := uint64(0); g <= t.lengthMask; g++ {
			out.Units = append(out.Units, r.group(unsafe.Add(t.groups, uintptr(g)*r.groupSize()), m.seed))
		}
	}
	return out
}

// growing is never seen: a table grows or splits in one go.
func growing(unsafe.Pointer) bool { return false }

func (r reader[K]) groupSize() uintptr { return *(*uintptr)(unsafe.Add(r.typ, hasherOffset+8)) }

func (r reader[K]) group(p unsafe.Pointer, seed uintptr) unit {
	u := unit{Word: *(*uint64)(p)}
	for slot := 0; slot < 8; slot++ {
		if byte(u.Word>>(8*slot)) < 0x80 {
			r.key(&u, slot, unsafe.Add(p, r.keyAt(slot)), seed)
		}
	}
	return u
}
