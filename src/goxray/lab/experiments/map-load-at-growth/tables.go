//go:build go1.24

package main

import "unsafe"

// places returns for how many entries the map's tables have room (internal/runtime/maps/map.go and table.go): a map
// without a directory is one group of eight; the capacity of a table is at its offset 2.
func places(m map[int]int) int {
	header := *(*unsafe.Pointer)(unsafe.Pointer(&m))
	tables := *(*unsafe.Pointer)(unsafe.Add(header, 16))
	number := *(*int)(unsafe.Add(header, 24))
	if number == 0 {
		return 8
	}
	room, last := 0, unsafe.Pointer(nil)
	for _, table := range unsafe.Slice((*unsafe.Pointer)(tables), number) {
		if table != last {
			room += int(*(*uint16)(unsafe.Add(table, 2)))
		}
		last = table
	}
	return room
}
