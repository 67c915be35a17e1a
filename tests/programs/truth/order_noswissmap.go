//go:build go1.24 && !go1.26 && !goexperiment.swissmap

package main

// order looks like hmap in Go 1.24 and 1.25.
type order struct {
	quantity        int
	state, log      uint8
	small           uint16
	code            uint32
	lines, previous *blob
	moved           uintptr
	serial          uint64
	more            *blob
}
