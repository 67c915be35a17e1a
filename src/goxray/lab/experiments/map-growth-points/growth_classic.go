//go:build !go1.24

package main

import "unsafe"

// growing reports whether a growth has begun and is not finished: there is an old array, or a flag or the size says so.
func growing(h *mapHeader) bool {
	const sameSizeGrow = 8
	return h.oldbuckets != nil || h.flags&sameSizeGrow != 0
}

// oldArray returns the array that a growth moves entries away from, nil where there is none.
func oldArray(h *mapHeader) unsafe.Pointer { return h.oldbuckets }

// array returns the array that new entries go to.
func array(h *mapHeader) unsafe.Pointer { return h.buckets }

// moved counts the places of the old array whose entries were moved: their first mark is one of those for that.
func moved[K comparable, V any](h *mapHeader) int {
	count := 0
	for _, each := range unsafe.Slice((*mapSlots[K, V])(h.oldbuckets), 1<<(h.b-1)) {
		if each.marks[0] >= 2 && each.marks[0] <= 4 {
			count++
		}
	}
	return count
}

// ready: a growth from 1024 buckets has begun, few of them are moved yet.
func ready(h *mapHeader, places int) bool { return places == 2048 && h.oldbuckets != nil }

// sameSize reports whether the growth that has just begun is one that the runtime itself calls one of the same size.
func sameSize(h *mapHeader, _, _ int) bool { return h.flags&8 != 0 }
