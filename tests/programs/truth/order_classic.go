//go:build !go1.24

package main

// order looks like hmap up to Go 1.23.
type order struct {
	quantity        int
	state, log      uint8
	small           uint16
	code            uint32
	lines, previous *blob
	moved           uintptr
	more            *blob
}
