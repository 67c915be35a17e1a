//go:build !go1.24 || (!go1.26 && !goexperiment.swissmap)

package main

import "unsafe"

const intBucket = cells + 16*cells + 8 // bytes of a bucket of map[int]int

func octetAt(p unsafe.Pointer, offset int) *byte { return (*byte)(unsafe.Add(p, offset)) }

// findCells returns the first bucket and cell from which the wanted number of neighbouring cells are full.
func findCells(h *hmap, run int) (bucket, cell int) {
	for b := 0; b < 1<<h.B; b++ {
		for c := 0; c+run <= cells; c++ {
			full := 0
			for full < run && *octetAt(h.buckets, b*intBucket+c+full) >= minTopHash {
				full++
			}
			if full == run {
				return b, c
			}
		}
	}
	fatal("no bucket has %d full cells", run)
	return
}

// setCell overwrites the tophash of a full cell that stands before other full ones.
func setCell(change func(byte) byte) func(unsafe.Pointer) place {
	return func(header unsafe.Pointer) place {
		h := (*hmap)(header)
		b, c := findCells(h, 3)
		at := octetAt(h.buckets, b*intBucket+c+1)
		*at = change(*at)
		return place{-1, b, c + 1}
	}
}

func to(value byte) func(byte) byte { return func(byte) byte { return value } }

// otherHash changes a tophash to another that full cells may have.
func otherHash(top byte) byte {
	if top == 255 {
		return minTopHash
	}
	return top + 1
}

// replaceKey gives a cell the key of the next one, which has another tophash.
func replaceKey(header unsafe.Pointer) place {
	h := (*hmap)(header)
	for b := 0; b < 1<<h.B; b++ {
		bucket := unsafe.Add(h.buckets, b*intBucket)
		for c := 0; c+1 < cells; c++ {
			first, second := octet(bucket, uintptr(c)), octet(bucket, uintptr(c+1))
			if first >= minTopHash && second >= minTopHash && first != second {
				*(*uintptr)(unsafe.Add(bucket, cells+8*c)) = word(bucket, uintptr(cells+8*(c+1)))
				return place{-1, b, c}
			}
		}
	}
	fatal("no bucket has two keys")
	return nowhere
}

var damages = []damage{
	{"a full cell marked empty", victim(100), setCell(to(emptyOne))},
	{"emptyRest before full cells", victim(100), setCell(to(0))},
	{"evacuated without growth", victim(100), setCell(to(2))},
	{"another tophash", victim(100), setCell(otherHash)},
	{"another key", victim(100), replaceKey},
	{"a count too high", victim(100), func(header unsafe.Pointer) place {
		(*hmap)(header).count++
		return nowhere
	}},
	{"a count too low", victim(1000), func(header unsafe.Pointer) place {
		(*hmap)(header).count -= 2
		return nowhere
	}},
	{"an empty cell marked full", victim(5), func(header unsafe.Pointer) place {
		b := (*hmap)(header).buckets // cell 0 holds the key 0, and so does cell 5, which was never used
		*octetAt(b, 5) = otherHash(octet(b, 0))
		return place{-1, 0, 5}
	}},
	{"a bucket that overflows into itself", victim(100), func(header unsafe.Pointer) place {
		h := (*hmap)(header)
		b := unsafe.Add(h.buckets, intBucket)
		*(*unsafe.Pointer)(unsafe.Add(b, intBucket-8)) = b
		return place{-1, 1, -1}
	}},
	{"a key in the wrong bucket", victim(200), func(header unsafe.Pointer) place {
		h := (*hmap)(header)
		first, second := h.buckets, unsafe.Add(h.buckets, intBucket)
		a, b := *(*[intBucket]byte)(first), *(*[intBucket]byte)(second)
		*(*[intBucket]byte)(first), *(*[intBucket]byte)(second) = b, a
		return place{-1, 0, -1}
	}},
}
