package main

import "unsafe"

// abiType is the runtime's description of a type (internal/abi/type.go: Type), the same from Go 1.21 to 1.27.
type abiType struct {
	size, ptrBytes            uintptr
	hash                      uint32
	tflag                     uint8
	align, fieldAlign, kind   uint8
	equal                     unsafe.Pointer
	gcData                    unsafe.Pointer
	nameOffset, pointerOffset int32
}

// word reads the pointer-sized word at p+offset.
func word(p unsafe.Pointer, offset uintptr) uintptr {
	return *(*uintptr)(unsafe.Add(p, offset))
}

func octet(p unsafe.Pointer, offset uintptr) byte {
	return *(*byte)(unsafe.Add(p, offset))
}
