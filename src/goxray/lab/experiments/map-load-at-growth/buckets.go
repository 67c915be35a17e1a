//go:build !go1.24

package main

import "unsafe"

// places returns for how many entries the map's buckets have room: eight each, B is at offset 9 (runtime/map.go).
func places(m map[int]int) int {
	header := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	return 8 << *(*uint8)(unsafe.Add(header, 9))
}
