//go:build go1.26 || (go1.24 && goexperiment.swissmap)

package main

import "unsafe"

const (
	mapKind    = "swiss"
	headerSize = unsafe.Sizeof(swissMap{})
)

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

func read(e *entry, addr uintptr, heap heapObjects) figures {
	r := swissReader{
		m:        (*swissMap)(pointer(addr)),
		typ:      (*swissType)(typeWord(e.typ)),
		own:      pile{heap: heap, onStack: e.onStack, label: e.label},
		indirect: pile{heap: heap, label: e.label},
	}
	return r.read(addr)
}

type swissReader struct {
	m                          *swissMap
	typ                        *swissType
	own, indirect              pile
	f                          figures
	tables, groups, growthLeft int64
}

func (r *swissReader) read(addr uintptr) figures {
	m := r.m
	r.own.add(addr)
	var small int64
	if m.dirLen == 0 {
		small = 1
	}
	switch {
	case m.dirPtr == nil: // no entry has ever been added
	case m.dirLen == 0:
		r.own.add(uintptr(m.dirPtr))
		r.group(m.dirPtr)
	default:
		r.own.add(uintptr(m.dirPtr))
		for _, t := range r.distinctTables() {
			r.table(t)
		}
	}
	r.f.entries = int(m.used)
	r.f.slots = int(groupSlots * r.groups)
	r.f.bytes = r.own.total()
	r.f.indirectBytes = r.indirect.total()
	r.f.pieces = append(r.own.found, r.indirect.found...)
	r.f.detail = []detail{
		{"tables", r.tables}, {"groups", r.groups}, {"dir_len", int64(m.dirLen)},
		{"global_depth", int64(m.globalDepth)}, {"growth_left", r.growthLeft}, {"small", small},
	}
	return r.f
}

// distinctTables lists each table of the directory once; one table may fill several neighbouring places.
func (r *swissReader) distinctTables() []*swissTable {
	var tables []*swissTable
	for _, t := range unsafe.Slice((**swissTable)(r.m.dirPtr), r.m.dirLen) {
		if n := len(tables); n == 0 || tables[n-1] != t {
			tables = append(tables, t)
		}
	}
	return tables
}

func (r *swissReader) table(t *swissTable) {
	r.tables++
	r.growthLeft += int64(t.growthLeft)
	r.own.add(uintptr(unsafe.Pointer(t)))
	r.own.add(uintptr(t.groups))
	slots, full := r.groups*groupSlots, r.f.fullSlots
	for i := uint64(0); i <= t.lengthMask; i++ {
		r.group(unsafe.Add(t.groups, uintptr(i)*r.typ.groupSize))
	}
	if r.groups*groupSlots-slots != int64(t.capacity) || r.f.fullSlots-full != int(t.used) {
		fatal("%s: table says %d of %d slots, groups say otherwise", r.own.label, t.used, t.capacity)
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
		r.f.fullSlots++
		if r.typ.flags&indirectKey != 0 {
			r.indirect.add(word(g, r.typ.keyAt(i)))
		}
		if r.typ.flags&indirectElem != 0 {
			r.indirect.add(word(g, r.typ.elemAt(i)))
		}
	}
}

// growing, growingSameSize and halfMoved are states that only classic maps know.
func growing(uintptr) bool         { return true }
func growingSameSize(uintptr) bool { return true }
func halfMoved(uintptr) bool       { return true }

// unevenDirectory tells whether the directory names some table more often than another.
func unevenDirectory(addr uintptr) bool {
	m := (*swissMap)(pointer(addr))
	for i := 0; i < m.dirLen; i++ {
		if t := *(**swissTable)(unsafe.Add(m.dirPtr, i*8)); t.localDepth < m.globalDepth {
			return true
		}
	}
	return false
}
