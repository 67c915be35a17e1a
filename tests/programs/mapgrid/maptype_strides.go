//go:build go1.27

package main

import "unsafe"

// swissType is the Swiss map type (internal/abi: MapType) from Go 1.27 on: strides serve both group layouts.
type swissType struct {
	abiType
	key, elem, group                         *abiType
	hasher                                   unsafe.Pointer
	groupSize                                uintptr
	keysOff, keyStride, elemsOff, elemStride uintptr
	elemOff                                  uintptr
	flags                                    uint32
}

func (t *swissType) keyAt(i uintptr) uintptr  { return t.keysOff + i*t.keyStride }
func (t *swissType) elemAt(i uintptr) uintptr { return t.elemsOff + i*t.elemStride }
