// What a map keeps of the hash of a key beside the entry, how many entries a bucket takes, and where the next one goes.
package main

import "unsafe"

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
		first := headerOf(m).first()
		for i := 0; i < 8; i++ {
			is, of := *(*uint8)(unsafe.Add(first, i)), hashOf(m, 8*round+i)
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
