// What a map keeps of the hash of a key beside the entry, how many entries a bucket takes, and where the next one goes.
package main

import (
	"unsafe"
)

// hasherOffset is where the type of a map holds its hash function (internal/abi, MapType: the common part of 48 bytes,
// then key, element and bucket or group).
const hasherOffset = 48 + 3*8

// hash returns the hash of a key as the map itself computes it.
func hash(m map[int]int, key int) uintptr {
	boxed := any(m)
	kind := *(*unsafe.Pointer)(unsafe.Pointer(&boxed))
	hasher := *(*func(unsafe.Pointer, uintptr) uintptr)(unsafe.Add(kind, hasherOffset))
	return hasher(unsafe.Pointer(&key), seed(m))
}

func headerOf(m map[int]int) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) }

var kept map[int]int

// bytesKept compares the bytes of the first bucket or group with the hash of each key. Eight keys are put in without a
// hint: they lie in the order in which they came.
func bytesKept() {
	const maps = 500
	top, low := 0, 0
	for round := 0; round < maps; round++ {
		m := map[int]int{}
		kept = m
		for i := 0; i < 8; i++ {
			m[8*round+i] = i
		}
		first := *(*unsafe.Pointer)(unsafe.Add(headerOf(m), 16))
		for i := 0; i < 8; i++ {
			is, of := *(*uint8)(unsafe.Add(first, i)), hash(m, 8*round+i)
			if is == uint8(of>>56) {
				top++
			}
			if is == uint8(of&0x7f) {
				low++
			}
		}
	}
	emit("", "byte_is_top_8_bits", float64(top)/(8*maps), "1")
	emit("", "byte_is_low_7_bits", float64(low)/(8*maps), "1")
}

func measure() {
	bytesKept()
	chains()
}

func main() { lab(map[string]func(){"main": measure}) }
