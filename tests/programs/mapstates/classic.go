//go:build !go1.24 || (!go1.26 && !goexperiment.swissmap)

package main

import "unsafe"

// hmap is the start of runtime.hmap, the same in all versions.
type hmap struct {
	count               int64
	flags, b            uint8
	noverflow           uint16
	hash0               uint32
	buckets, oldbuckets unsafe.Pointer
	nevacuate           uint64
}

func (r reader[K]) read(p unsafe.Pointer) look {
	h := (*hmap)(p)
	out := look{Header: map[string]int64{
		"count": h.count, "flags": int64(h.flags), "b": int64(h.b), "noverflow": int64(h.noverflow),
		"nevacuate": int64(h.nevacuate), "buckets": int64(uintptr(h.buckets)), "old": int64(uintptr(h.oldbuckets)),
		"bucket_size": int64(r.bucketSize()),
	}}
	if h.oldbuckets != nil {
		size := 1 << h.b
		if h.flags&8 == 0 {
			size /= 2
		}
		r.array(&out, h, h.oldbuckets, size, true)
	}
	if h.buckets != nil {
		r.array(&out, h, h.buckets, 1<<h.b, false)
	}
	return out
}

func growing(p unsafe.Pointer) bool { return (*hmap)(p).oldbuckets != nil }

func (r reader[K]) bucketSize() uintptr {
	return uintptr(*(*uint16)(unsafe.Add(r.typ, hasherOffset+10)))
}

func (r reader[K]) array(out *look, h *hmap, start unsafe.Pointer, size int, old bool) {
	for i := 0; i < size; i++ {
		p := unsafe.Add(start, uintptr(i)*r.bucketSize())
		for depth := 0; p != nil; depth++ {
			u := unit{Word: *(*uint64)(p), Old: old, Bucket: i, Depth: depth, Addr: uint64(uintptr(p))}
			for slot := 0; slot < 8; slot++ {
				if byte(u.Word>>(8*slot)) >= 5 {
					r.key(&u, slot, unsafe.Add(p, 8+uintptr(slot)*r.stride()), uintptr(h.hash0))
				}
			}
			out.Units = append(out.Units, u)
			p = *(*unsafe.Pointer)(unsafe.Add(p, r.bucketSize()-8))
		}
	}
}
