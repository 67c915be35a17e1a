//go:build !go1.27 && (go1.26 || (go1.24 && goexperiment.swissmap))

package main

import "unsafe"

// keyAt is where key i stands in a group: the map type holds the slots' size after the group's.
func (r reader[K]) keyAt(i int) uintptr {
	return 8 + uintptr(i)**(*uintptr)(unsafe.Add(r.typ, hasherOffset+16))
}
