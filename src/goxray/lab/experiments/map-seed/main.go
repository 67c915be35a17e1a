// A map's seed, what it does to hashes and to the order of iteration, and how fast texts are hashed beside SipHash.
package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
	"unsafe"
)

var kept any

func spread() {
	const maps = 1000
	seeds, hashes := map[uintptr]bool{}, map[uintptr]bool{}
	key := "a key"
	for i := 0; i < maps; i++ {
		m := map[string]int{key: i}
		kept = m
		seeds[uintptr(headerOf(m).seed)] = true
		hashes[hashOf(m, key)] = true
	}
	emit("", "maps", maps, "1")
	emit("", "different_seeds", float64(len(seeds)), "1")
	emit("", "different_hashes_of_one_key", float64(len(hashes)), "1")

	m := map[int]int{}
	for i := 0; i < 100; i++ {
		m[i] = i
	}
	orders := map[string]bool{}
	for i := 0; i < 200; i++ {
		var order strings.Builder
		for key := range m {
			fmt.Fprint(&order, key, " ")
		}
		orders[order.String()] = true
	}
	emit("", "different_orders_of_one_map", float64(len(orders)), "1")
}

// siphash is SipHash with a number of rounds for each word and at the end, as Aumasson and Bernstein describe it.
func siphash(each, last int, key [2]uint64, text []byte) uint64 {
	v0, v1 := key[0]^0x736f6d6570736575, key[1]^0x646f72616e646f6d
	v2, v3 := key[0]^0x6c7967656e657261, key[1]^0x7465646279746573
	round := func(times int) {
		for ; times > 0; times-- {
			v0 += v1
			v2 += v3
			v1 = bits.RotateLeft64(v1, 13) ^ v0
			v3 = bits.RotateLeft64(v3, 16) ^ v2
			v0 = bits.RotateLeft64(v0, 32)
			v2 += v1
			v0 += v3
			v1 = bits.RotateLeft64(v1, 17) ^ v2
			v3 = bits.RotateLeft64(v3, 21) ^ v0
			v2 = bits.RotateLeft64(v2, 32)
		}
	}
	size := len(text)
	for ; len(text) >= 8; text = text[8:] {
		word := binary.LittleEndian.Uint64(text)
		v3 ^= word
		round(each)
		v0 ^= word
	}
	word := uint64(size) << 56
	for i, each := range text {
		word |= uint64(each) << (8 * i)
	}
	v3 ^= word
	round(each)
	v0 ^= word
	v2 ^= 0xff
	round(last)
	return v0 ^ v1 ^ v2 ^ v3
}

var sum uint64

const long = 4096

// theirs times the hash function of maps with text keys, ours SipHash with the fewest rounds that are in use (1 and 3).
func theirs() {
	hash := typeOf(map[string]int(nil)).hasher
	text := strings.Repeat("x", long)
	emit("", "ns_of_4096_bytes", nsFastest(func(rounds int) {
		for i := 0; i < rounds; i++ {
			sum += uint64(hash(unsafe.Pointer(&text), uintptr(i)))
		}
	})[0], "ns")
}

func ours() {
	var input [15]byte
	for i := range input {
		input[i] = byte(i)
	}
	// The authors' own example: key 00 .. 0f, input 00 .. 0e.
	given := siphash(2, 4, [2]uint64{0x0706050403020100, 0x0f0e0d0c0b0a0908}, input[:])
	truth("", "siphash_is_right", given == 0xa129ca6149be45e5)
	text := []byte(strings.Repeat("x", long))
	emit("", "ns_of_4096_bytes", nsFastest(func(rounds int) {
		for i := 0; i < rounds; i++ {
			sum += siphash(1, 3, [2]uint64{uint64(i), 7}, text)
		}
	})[0], "ns")
}

func main() {
	lab(map[string]func(){"spread": spread, "map-hash": theirs, "siphash": ours})
}
