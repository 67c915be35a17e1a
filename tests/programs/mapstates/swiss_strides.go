//go:build go1.27

package main

import "unsafe"

// keyAt is where key i stands in a group: the map type holds the keys' offset and stride after the group's size.
func (r reader[K]) keyAt(i int) uintptr {
	figures := (*[2]uintptr)(unsafe.Add(r.typ, hasherOffset+16))
	return figures[0] + uintptr(i)*figures[1]
}
