package main

import "unsafe"

// headerOf returns the header of a map (given as a map, in an interface).
func headerOf(m any) *header {
	return (*header)((*[2]unsafe.Pointer)(unsafe.Pointer(&m))[1])
}

// typeOf returns the type's data of a value in an interface.
func typeOf(m any) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&m))[0]
}

// hasher is where a map's type keeps its hash function: abi.MapType.Hasher, behind abi.Type (48 bytes) and three
// pointers to types.
func hasher(mapType unsafe.Pointer) *func(unsafe.Pointer, uintptr) uintptr {
	return (*func(unsafe.Pointer, uintptr) uintptr)(unsafe.Add(mapType, 48+3*8))
}

// hashOf asks the map type's own hash function, as the runtime does.
func hashOf[K comparable, V any](m map[K]V, key K) uintptr {
	return (*hasher(typeOf(m)))(unsafe.Pointer(&key), uintptr(headerOf(m).seed))
}

// entry is a filled slot of a map and where it is: the how-manieth place of its array, and how far down its chain.
type entry[K comparable, V any] struct {
	in       []slots[K, V]
	at, link int
	slots    *slots[K, V]
	slot     int
}

// entriesOf calls visit with each filled slot.
func entriesOf[K comparable, V any](h *header, visit func(entry[K, V])) {
	for _, array := range arraysOf[K, V](h) {
		for at := range array {
			link := 0
			for each := &array[at]; each != nil; each = each.next() {
				for slot := 0; slot < 8; slot++ {
					if each.filled(slot) {
						visit(entry[K, V]{array, at, link, each, slot})
					}
				}
				link++
			}
		}
	}
}
