//go:build !go1.24

package main

// rest is what a slot is marked with that was never filled: nothing comes after it (emptyRest).
const rest = 0

// searched reports whether a search for a key of this hash begins at an entry's place.
func searched[K comparable, V any](e mapEntry[K, V], hash uintptr) bool {
	return hash&uintptr(len(e.in)-1) == uintptr(e.at)
}
