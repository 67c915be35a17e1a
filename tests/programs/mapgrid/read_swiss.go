//go:build go1.26 || (go1.24 && goexperiment.swissmap)

package main

import "unsafe"

const mapKind = "swiss"

var details = []string{"tables", "groups", "dir_len", "global_depth", "growth_left", "small"}

// swissMap is the header of a Swiss map (internal/runtime/maps/map.go: Map). From Go 1.25 on a flag
// tombstonePossible fills one byte of what is padding in 1.24; nothing else moves.
type swissMap struct {
	used              uint64
	seed              uintptr
	dirPtr            unsafe.Pointer
	dirLen            int
	globalDepth       uint8
	globalShift       uint8
	writing           uint8
	tombstonePossible bool
	clearSeq          uint64
}

// swissTable is internal/runtime/maps/table.go: table, with its groupsReference.
type swissTable struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int
	groups                     unsafe.Pointer
	lengthMask                 uint64
}

// Control bytes (internal/runtime/maps/group.go) and flags (internal/abi).
const (
	ctrlEmpty    = 0x80
	ctrlDeleted  = 0xfe
	indirectKey  = 4
	indirectElem = 8
	groupSlots   = 8
)

func unitOf(typ unsafe.Pointer) *abiType { return (*swissType)(typ).group }

func growing(uintptr) bool { return false }

func read(typ unsafe.Pointer, header uintptr) figures {
	r := swissReader{m: (*swissMap)(pointer(header)), typ: (*swissType)(typ), own: newPile()}
	r.own.add(header)
	return r.read()
}

type swissReader struct {
	m                                *swissMap
	typ                              *swissType
	own                              pile
	keys, elems                      apiece
	f                                figures
	tables, groups, growthLeft, full int
}

func (r *swissReader) read() figures {
	m := r.m
	small := 0
	if m.dirLen == 0 {
		small = 1
	}
	if m.dirPtr != nil {
		r.own.add(uintptr(m.dirPtr))
		if small == 1 {
			r.group(m.dirPtr)
		} else {
			r.directory()
		}
	}
	if r.full != int(m.used) {
		fatal("%d entries, but %d full slots", m.used, r.full)
	}
	r.f.entries = int(m.used)
	r.f.slots = groupSlots * r.groups
	r.f.bytes = r.own.total
	r.f.indirect = r.keys.total() + r.elems.total()
	r.f.seed = uint64(m.seed)
	r.f.detail = []int{r.tables, r.groups, m.dirLen, int(m.globalDepth), r.growthLeft, small}
	return r.f
}

// directory reads each table once; one table may fill several neighbouring places.
func (r *swissReader) directory() {
	var last *swissTable
	for _, t := range unsafe.Slice((**swissTable)(r.m.dirPtr), r.m.dirLen) {
		if t == last {
			continue
		}
		last = t
		r.tables++
		r.growthLeft += int(t.growthLeft)
		r.own.add(uintptr(unsafe.Pointer(t)))
		r.own.add(uintptr(t.groups))
		for i := uint64(0); i <= t.lengthMask; i++ {
			r.group(unsafe.Add(t.groups, uintptr(i)*r.typ.groupSize))
		}
	}
}

func (r *swissReader) group(g unsafe.Pointer) {
	r.groups++
	for i := uintptr(0); i < groupSlots; i++ {
		ctrl := octet(g, i)
		if ctrl == ctrlDeleted {
			r.f.tombstones++
		}
		if ctrl&ctrlEmpty != 0 {
			continue
		}
		r.full++
		if r.typ.flags&indirectKey != 0 {
			r.keys.add(word(g, r.typ.keyAt(i)))
		}
		if r.typ.flags&indirectElem != 0 {
			r.elems.add(word(g, r.typ.elemAt(i)))
		}
	}
}
