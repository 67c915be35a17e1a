package main

import "unsafe"

// findObject is the runtime's (runtime/mbitmap.go): the base of the heap slot that an address lies in, 0 for none.
//
//go:linkname findObject runtime.findObject
func findObject(p, refBase, refOff uintptr) (base uintptr, span unsafe.Pointer, index uintptr)

// A larger object has a span of whole pages for itself, which findObject knows only up to the object's own end
// (runtime/mcache.go: allocLarge sets mspan.limit); what the statistics count are the pages.
const (
	maxSmallSize = 32 << 10
	pageSize     = 8 << 10
)

// object returns the base and the size of the heap slot that holds addr: the slot ends where addresses have another
// base.
func object(addr uintptr) (base, size uintptr) {
	base, _, _ = findObject(addr, 0, 0)
	if base == 0 {
		fatal("%#x is not on the heap", addr)
	}
	inside, outside := uintptr(1), uintptr(16)
	for within(base, outside) {
		inside, outside = outside, 2*outside
	}
	for outside-inside > 1 {
		if middle := (inside + outside) / 2; within(base, middle) {
			inside = middle
		} else {
			outside = middle
		}
	}
	if outside > maxSmallSize {
		outside = (outside + pageSize - 1) &^ (pageSize - 1)
	}
	return base, outside
}

func within(base, offset uintptr) bool {
	found, _, _ := findObject(base+offset, 0, 0)
	return found == base
}

// pile adds up the heap slots of a structure, each once.
type pile struct {
	seen  map[uintptr]bool
	total int
}

func (p *pile) add(addr uintptr) {
	base, size := object(addr)
	if !p.seen[base] {
		p.seen[base] = true
		p.total += int(size)
	}
}

// many keeps one map for all piles: its making is not the subject.
var many = map[uintptr]bool{}

func newPile() pile {
	clear(many)
	return pile{seen: many}
}

// apiece adds up the slots of objects of one type, which differ in nothing: the runtime is asked for the first ones.
type apiece struct {
	count int
	size  uintptr
}

const asked = 16

func (a *apiece) add(addr uintptr) {
	if a.count++; a.count > asked {
		return
	}
	base, size := object(addr)
	if base != addr && base+8 != addr || a.count > 1 && size != a.size {
		fatal("%#x is in an object of %d bytes at %#x, the others have %d", addr, size, base, a.size)
	}
	a.size = size
}

func (a *apiece) total() int { return a.count * int(a.size) }

// abiType is the runtime's description of a type (internal/abi/type.go: Type), the same from Go 1.21 to 1.27.
type abiType struct {
	size, ptrBytes            uintptr
	hash                      uint32
	tflag                     uint8
	align, fieldAlign, kind   uint8
	equal                     unsafe.Pointer
	gcData                    unsafe.Pointer
	nameOffset, pointerOffset int32
}

// typeWord returns the type's address out of an interface that holds a value of it.
func typeWord(value any) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&value)) }

func word(p unsafe.Pointer, offset uintptr) uintptr { return *(*uintptr)(unsafe.Add(p, offset)) }
func octet(p unsafe.Pointer, offset uintptr) byte   { return *(*byte)(unsafe.Add(p, offset)) }

//go:nocheckptr
func pointer(addr uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) }
