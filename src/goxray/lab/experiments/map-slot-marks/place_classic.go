//go:build !go1.24

package main

// searched reports whether a search for the entry's hash that begins where a mask of hash bits says finds its place:
// here the lowest bits tell the bucket, and the entry is in it or in its chain.
func searched[K comparable, V any](e mapEntry[K, V], hash uintptr) bool {
	return hash&uintptr(len(e.in)-1) == uintptr(e.at)
}

// empty is what a slot that was never filled is marked with.
const empty = 0
