// A live map looked at in memory: its header, its type, and the places that its entries are in.
package main

import (
	"reflect"
	"unsafe"
)

// classicMap is the header of a map up to Go 1.23 (runtime/map.go, hmap); mapHeader is the one of this Go version.
type classicMap struct {
	count      int
	flags, b   uint8
	noverflow  uint16
	seed       uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	extra      *classicExtra
}

// classicExtra is the part of a classic map's header that few maps have (runtime/map.go, mapextra).
type classicExtra struct {
	overflow, oldoverflow, nextOverflow unsafe.Pointer
}

// mapTypeData is the data of a map's type (internal/abi, MapType, before Go 1.24 also OldMapType): bucket is the type of a
// bucket or of a group, and a type begins with its size.
type mapTypeData struct {
	common    [48]byte
	key, elem unsafe.Pointer
	bucket    *uintptr
	hasher    func(key unsafe.Pointer, seed uintptr) uintptr
}

// headerOf returns the header of a map (given as a map, in an interface).
func headerOf(m any) *mapHeader {
	return (*mapHeader)((*[2]unsafe.Pointer)(unsafe.Pointer(&m))[1])
}

// classicOf returns the header of a map in a program that knows its maps to be classic.
func classicOf(m any) *classicMap {
	return (*classicMap)((*[2]unsafe.Pointer)(unsafe.Pointer(&m))[1])
}

// typeOf returns the data of a map's type (given as a map, in an interface).
func typeOf(m any) *mapTypeData {
	return (*mapTypeData)((*[2]unsafe.Pointer)(unsafe.Pointer(&m))[0])
}

// reflected returns the data of a map's type: a reflect.Type holds a pointer to it.
func reflected(typ reflect.Type) *mapTypeData {
	return (*mapTypeData)((*[2]unsafe.Pointer)(unsafe.Pointer(&typ))[1])
}

// hashOf asks the map type's own hash function, as the runtime does.
func hashOf[K comparable, V any](m map[K]V, key K) uintptr {
	return typeOf(m).hasher(unsafe.Pointer(&key), uintptr(headerOf(m).seed))
}

// mapEntry is a filled slot of a map and where it is: the how-manieth place of its array, and how far down its chain.
type mapEntry[K comparable, V any] struct {
	in       []mapSlots[K, V]
	at, link int
	slots    *mapSlots[K, V]
	slot     int
}

// entriesOf calls visit with each filled slot.
func entriesOf[K comparable, V any](h *mapHeader, visit func(mapEntry[K, V])) {
	for _, array := range arraysOf[K, V](h) {
		for at := range array {
			link := 0
			for each := &array[at]; each != nil; each = each.next() {
				for slot := 0; slot < 8; slot++ {
					if each.filled(slot) {
						visit(mapEntry[K, V]{array, at, link, each, slot})
					}
				}
				link++
			}
		}
	}
}
