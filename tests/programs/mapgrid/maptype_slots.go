//go:build !go1.27 && (go1.26 || (go1.24 && goexperiment.swissmap))

package main

import "unsafe"

// swissType is the Swiss map type (internal/abi: SwissMapType, MapType from Go 1.26 on) up to Go 1.26.
type swissType struct {
	abiType
	key, elem, group             *abiType
	hasher                       unsafe.Pointer
	groupSize, slotSize, elemOff uintptr
	flags                        uint32
}

func (t *swissType) keyAt(i uintptr) uintptr  { return 8 + i*t.slotSize }
func (t *swissType) elemAt(i uintptr) uintptr { return 8 + i*t.slotSize + t.elemOff }
