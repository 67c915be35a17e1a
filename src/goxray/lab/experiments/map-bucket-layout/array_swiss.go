//go:build go1.24

package main

import "unsafe"

// array returns the memory of all groups of a map's first table: the directory is at offset 16 of the header, a table
// has its groups at offset 16 and their number less one at offset 24.
func array(header unsafe.Pointer, size int) []byte {
	table := **(**unsafe.Pointer)(unsafe.Add(header, 16))
	return unsafe.Slice(*(**byte)(unsafe.Add(table, 16)), size*(int(*(*uint64)(unsafe.Add(table, 24)))+1))
}
