//go:build !go1.24 || (!go1.26 && !goexperiment.swissmap)

package main

import "unsafe"

const mapKind = "classic"

var details = []string{"B", "buckets", "overflow_buckets", "noverflow", "old_buckets", "nevacuate"}

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

func unitOf(typ unsafe.Pointer) *abiType { return (*classicType)(typ).bucket }

func growing(header uintptr) bool { return (*hmap)(pointer(header)).oldbuckets != nil }

func read(typ unsafe.Pointer, header uintptr) figures {
	r := classicReader{h: (*hmap)(pointer(header)), typ: (*classicType)(typ), own: newPile()}
	r.own.add(header)
	return r.read()
}

type classicReader struct {
	h                 *hmap
	typ               *classicType
	own               pile
	keys, elems       apiece
	f                 figures
	overflow, oldLeft int
}

func (r *classicReader) read() figures {
	h := r.h
	buckets := 0
	if h.buckets != nil {
		buckets = 1 << h.B
		r.own.add(uintptr(h.buckets))
		for i := 0; i < buckets; i++ {
			r.chain(unsafe.Add(h.buckets, i*int(r.typ.bucketSize)), true)
		}
	}
	if h.oldbuckets != nil {
		r.own.add(uintptr(h.oldbuckets))
		for i := 0; i < r.oldBuckets(); i++ {
			b := unsafe.Add(h.oldbuckets, i*int(r.typ.bucketSize))
			evacuated := octet(b, 0) > emptyOne && octet(b, 0) < minTopHash
			r.chain(b, !evacuated)
			if !evacuated {
				r.oldLeft++
			}
		}
		r.spareOfOld()
	}
	r.extra()
	r.f.entries = h.count
	r.f.slots = cells * (buckets + r.oldLeft + r.overflow)
	r.f.bytes = r.own.total
	r.f.indirect = r.keys.total() + r.elems.total()
	r.f.seed = uint64(h.hash0)
	r.f.detail = []int{int(h.B), buckets, r.overflow, int(h.noverflow), r.oldLeft, int(h.nevacuate)}
	return r.f
}

func (r *classicReader) oldBuckets() int {
	if r.h.flags&sameSizeGrow != 0 {
		return 1 << r.h.B
	}
	return 1 << (r.h.B - 1)
}

// spareOfOld reads what hangs on the overflow buckets that came with the old array: evacuation clears the bucket that a
// chain begins with, but not these, and what is linked to them stays.
func (r *classicReader) spareOfOld() {
	base, length := object(uintptr(r.h.oldbuckets))
	size := uintptr(r.typ.bucketSize)
	for i := uintptr(r.oldBuckets()); i >= sparesFrom; i++ {
		b := uintptr(r.h.oldbuckets) + i*size
		if b+size > base+length {
			return
		}
		r.chain(pointer(b), false)
	}
}

// chain reads a bucket and the overflow buckets linked to it. An evacuated one no longer counts, but what hangs on it
// still takes memory.
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
	elems := unsafe.Add(keys, cells*int(r.typ.keySize))
	for i := uintptr(0); i < cells; i++ {
		top := octet(b, i)
		if top == emptyOne {
			r.f.tombstones++
		}
		if top < minTopHash {
			continue
		}
		if r.typ.flags&indirectKey != 0 {
			r.keys.add(word(keys, i*uintptr(r.typ.keySize)))
		}
		if r.typ.flags&indirectElem != 0 {
			r.elems.add(word(elems, i*uintptr(r.typ.valueSize)))
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
			r.own.add(uintptr(unsafe.Pointer(unsafe.SliceData(*list))))
		}
		for _, b := range *list {
			r.own.add(uintptr(b))
		}
	}
}
