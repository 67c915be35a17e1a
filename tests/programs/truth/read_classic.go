//go:build !go1.24 || (!go1.26 && !goexperiment.swissmap)

package main

import "unsafe"

const (
	mapKind    = "classic"
	headerSize = unsafe.Sizeof(hmap{})
)

// mapextra as in runtime/map.go.
type mapextra struct {
	overflow     *[]unsafe.Pointer
	oldoverflow  *[]unsafe.Pointer
	nextOverflow unsafe.Pointer
}

// classicType is the classic map type (internal/abi: MapType, OldMapType from Go 1.24 on).
type classicType struct {
	abiType
	key, elem, bucket  *abiType
	hasher             unsafe.Pointer
	keySize, valueSize uint8
	bucketSize         uint16
	flags              uint32
}

// Cell states and flags (runtime/map.go).
const (
	emptyOne     = 1
	minTopHash   = 5
	sameSizeGrow = 8
	indirectKey  = 1
	indirectElem = 2
	cells        = 8
	sparesFrom   = 16 // so many buckets have overflow buckets behind them (makeBucketArray)
)

func read(e *entry, addr uintptr, heap heapObjects) figures {
	r := classicReader{
		h:        (*hmap)(pointer(addr)),
		typ:      (*classicType)(typeWord(e.typ)),
		own:      pile{heap: heap, onStack: e.onStack, label: e.label},
		indirect: pile{heap: heap, label: e.label},
	}
	return r.read(addr)
}

type classicReader struct {
	h             *hmap
	typ           *classicType
	own, indirect pile
	f             figures
	overflow      int64
}

func (r *classicReader) read(addr uintptr) figures {
	h := r.h
	r.own.add(addr)
	var buckets, oldLeft int64
	if h.buckets != nil {
		buckets = 1 << h.B
		r.own.add(uintptr(h.buckets))
		for i := int64(0); i < buckets; i++ {
			r.chain(unsafe.Add(h.buckets, uintptr(i)*uintptr(r.typ.bucketSize)), true)
		}
	}
	if h.oldbuckets != nil {
		r.own.add(uintptr(h.oldbuckets))
		for i := int64(0); i < r.oldBuckets(); i++ {
			b := unsafe.Add(h.oldbuckets, uintptr(i)*uintptr(r.typ.bucketSize))
			evacuated := octet(b, 0) > emptyOne && octet(b, 0) < minTopHash
			r.chain(b, !evacuated)
			if !evacuated {
				oldLeft++
			}
		}
		r.spareOfOld()
	}
	r.extra()
	r.f.entries = h.count
	r.f.slots = int(cells * (buckets + oldLeft + r.overflow))
	r.f.bytes = r.own.total()
	r.f.indirectBytes = r.indirect.total()
	r.f.pieces = append(r.own.found, r.indirect.found...)
	r.f.detail = []detail{
		{"B", int64(h.B)}, {"buckets", buckets}, {"overflow_buckets", r.overflow},
		{"noverflow", int64(h.noverflow)}, {"old_buckets", oldLeft}, {"nevacuate", int64(h.nevacuate)},
	}
	return r.f
}

func (r *classicReader) oldBuckets() int64 {
	if r.h.flags&sameSizeGrow != 0 {
		return 1 << r.h.B
	}
	return 1 << (r.h.B - 1)
}

// spareOfOld reads what hangs on the overflow buckets that came with the old array: evacuation clears the bucket that a
// chain begins with, but not these, and what is linked to them stays.
func (r *classicReader) spareOfOld() {
	size := uintptr(r.typ.bucketSize)
	old, _ := r.own.heap.find(uintptr(r.h.oldbuckets))
	for i := uintptr(r.oldBuckets()); i >= sparesFrom; i++ {
		b := uintptr(r.h.oldbuckets) + i*size
		if b+size > old.addr+old.size {
			return
		}
		r.chain(pointer(b), false)
	}
}

// chain reads a bucket and the overflow buckets linked to it. A bucket that has been evacuated no longer counts, but
// what hangs on it still takes memory.
func (r *classicReader) chain(b unsafe.Pointer, counts bool) {
	for first := true; b != nil; first = false {
		if !first {
			r.own.add(uintptr(b))
		}
		if counts {
			r.cells(b)
			if !first {
				r.overflow++
			}
		}
		b = pointer(word(b, uintptr(r.typ.bucketSize)-8))
	}
}

func (r *classicReader) cells(b unsafe.Pointer) {
	keys := unsafe.Add(b, cells)
	elems := unsafe.Add(keys, cells*uintptr(r.typ.keySize))
	for i := uintptr(0); i < cells; i++ {
		top := octet(b, i)
		if top == emptyOne {
			r.f.tombstones++
		}
		if top < minTopHash {
			continue
		}
		r.f.fullSlots++
		if r.typ.flags&indirectKey != 0 {
			r.indirect.add(word(keys, i*uintptr(r.typ.keySize)))
		}
		if r.typ.flags&indirectElem != 0 {
			r.indirect.add(word(elems, i*uintptr(r.typ.valueSize)))
		}
	}
}

// extra adds mapextra, and the lists of overflow buckets that it keeps for maps without pointers.
func (r *classicReader) extra() {
	x := r.h.extra
	if x == nil {
		return
	}
	r.own.add(uintptr(unsafe.Pointer(x)))
	if x.nextOverflow != nil {
		r.own.add(uintptr(x.nextOverflow))
	}
	for _, list := range []*[]unsafe.Pointer{x.overflow, x.oldoverflow} {
		if list == nil {
			continue
		}
		r.own.add(uintptr(unsafe.Pointer(list)))
		if cap(*list) > 0 {
			r.own.add(uintptr(unsafe.Pointer(&(*list)[:1][0])))
		}
		for _, b := range *list {
			r.own.add(uintptr(b))
		}
	}
}

// growing tells whether the map is in the middle of growth.
func growing(addr uintptr) bool { return (*hmap)(pointer(addr)).oldbuckets != nil }

// growingSameSize tells whether the map is being moved to a bucket array of the same size.
func growingSameSize(addr uintptr) bool {
	return growing(addr) && (*hmap)(pointer(addr)).flags&sameSizeGrow != 0
}

// halfMoved tells whether about half of the old buckets have been evacuated.
func halfMoved(addr uintptr) bool {
	h := (*hmap)(pointer(addr))
	return growing(addr) && h.nevacuate >= uintptr(1)<<h.B/4
}

// unevenDirectory is a state that only Swiss maps know.
func unevenDirectory(uintptr) bool { return true }
