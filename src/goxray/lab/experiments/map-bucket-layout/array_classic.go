//go:build !go1.24

package main

import "unsafe"

// array returns the memory of all buckets of a map: 2^B of them, B is at offset 9 of the header.
func array(header unsafe.Pointer, size int) []byte {
	return unsafe.Slice(*(**byte)(unsafe.Add(header, 16)), size<<*(*uint8)(unsafe.Add(header, 9)))
}
