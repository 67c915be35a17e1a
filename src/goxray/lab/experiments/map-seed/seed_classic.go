//go:build !go1.24

package main

import "unsafe"

// seedOf returns a map's hash seed: 32 bits, 12 bytes into its header (runtime.hmap.hash0).
func seedOf(m map[string]int) uintptr {
	return uintptr(*(*uint32)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&m)), 12)))
}
