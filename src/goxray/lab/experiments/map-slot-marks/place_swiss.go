//go:build go1.24

package main

// searched reports whether a search for the entry's hash that begins where a mask of hash bits says finds its place:
// here bits from the eighth on tell the group, and a full group sends the search on (1, 2, 3 ... groups further).
func searched[K comparable, V any](e mapEntry[K, V], hash uintptr) bool {
	at := int(hash>>7) & (len(e.in) - 1)
	for step := 1; at != e.at; step++ {
		for slot := 0; slot < 8; slot++ {
			if !e.in[at].filled(slot) {
				return false
			}
		}
		at = (at + step) & (len(e.in) - 1)
	}
	return true
}

// empty is what a slot that was never filled is marked with.
const empty = 0x80
