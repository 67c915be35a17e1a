//go:build go1.24

package main

import "unsafe"

// growing reports whether a growth has begun and is not finished; a table grows within one assignment.
func growing(*mapHeader) bool { return false }

// oldArray returns the array that a growth moves entries away from: never there between two operations.
func oldArray(*mapHeader) unsafe.Pointer { return nil }

// array returns the array that new entries go to: that of the first table, or the one group.
func array(h *mapHeader) unsafe.Pointer {
	if h.tables == 0 {
		return h.directory
	}
	return (**(**mapTable)(h.directory)).groups
}

// moved counts the places of an old array whose entries were moved: there is no old array.
func moved[K comparable, V any](*mapHeader) int { return 0 }

// ready: a table of 128 groups, of 7 entries at most each, is about to be full.
func ready(h *mapHeader, places int) bool { return places == 128 && h.count == 128*7-10 }

// sameSize reports whether entries have just been moved to an array of the same size: no flag says so.
func sameSize(_ *mapHeader, before, now int) bool { return before == now }
