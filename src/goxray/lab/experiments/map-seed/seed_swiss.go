//go:build go1.24

package main

import "unsafe"

// seedOf returns a map's hash seed: a word, 8 bytes into its header (internal/runtime/maps.Map.seed).
func seedOf(m map[string]int) uintptr {
	return *(*uintptr)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&m)), 8))
}
