//go:build !go1.24

package main

import "unsafe"

// justGrown tells whether a map of 512 buckets has an old array: B is at offset 9 of runtime.hmap, oldbuckets at 24.
func justGrown(m map[int]*int) bool {
	header := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	return *(*uint8)(unsafe.Add(header, 9)) == 9 && *(*unsafe.Pointer)(unsafe.Add(header, 24)) != nil
}
