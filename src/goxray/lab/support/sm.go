// SM3 (GB/T 32905-2016) and the SM4 block cipher (GB/T 32907-2016) in plain Go, for the experiments that speak of them.
// Written to be read, not to be fast: no assembly, no tables but the S-box.
package main

import (
	"encoding/binary"
	"math/bits"
)

// sm3Sum returns the SM3 digest of a message.
func sm3Sum(message []byte) [32]byte {
	state := [8]uint32{
		0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
		0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
	}
	whole := len(message) / 64 * 64
	for at := 0; at < whole; at += 64 {
		sm3Block(&state, message[at:at+64])
	}
	var last [128]byte
	n := copy(last[:], message[whole:])
	last[n] = 0x80
	end := 64
	if n+9 > 64 {
		end = 128
	}
	binary.BigEndian.PutUint64(last[end-8:], uint64(len(message))*8)
	for at := 0; at < end; at += 64 {
		sm3Block(&state, last[at:at+64])
	}
	var digest [32]byte
	for i, word := range state {
		binary.BigEndian.PutUint32(digest[4*i:], word)
	}
	return digest
}

// sm3Block is the compression function, clause 5.3.
func sm3Block(state *[8]uint32, block []byte) {
	var w [68]uint32
	for i := 0; i < 16; i++ {
		w[i] = binary.BigEndian.Uint32(block[4*i:])
	}
	for i := 16; i < 68; i++ {
		x := w[i-16] ^ w[i-9] ^ bits.RotateLeft32(w[i-3], 15)
		w[i] = x ^ bits.RotateLeft32(x, 15) ^ bits.RotateLeft32(x, 23) ^ bits.RotateLeft32(w[i-13], 7) ^ w[i-6]
	}
	a, b, c, d, e, f, g, h := state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
	for i := 0; i < 64; i++ {
		t, ff, gg := uint32(0x79cc4519), a^b^c, e^f^g
		if i >= 16 {
			t, ff, gg = 0x7a879d8a, a&b|a&c|b&c, e&f|^e&g
		}
		ss1 := bits.RotateLeft32(bits.RotateLeft32(a, 12)+e+bits.RotateLeft32(t, i%32), 7)
		tt1 := ff + d + (ss1 ^ bits.RotateLeft32(a, 12)) + (w[i] ^ w[i+4])
		tt2 := gg + h + ss1 + w[i]
		a, b, c, d = tt1, a, bits.RotateLeft32(b, 9), c
		e, f, g, h = tt2^bits.RotateLeft32(tt2, 9)^bits.RotateLeft32(tt2, 17), e, bits.RotateLeft32(f, 19), g
	}
	for i, word := range [8]uint32{a, b, c, d, e, f, g, h} {
		state[i] ^= word
	}
}

// sm4Cipher holds the round keys; it is a crypto/cipher.Block.
type sm4Cipher struct{ keys [32]uint32 }

// newSM4 expands a key of 16 bytes, clause 7.3.
func newSM4(key []byte) *sm4Cipher {
	made := new(sm4Cipher)
	var k [4]uint32
	for i, fk := range [4]uint32{0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc} {
		k[i] = binary.BigEndian.Uint32(key[4*i:]) ^ fk
	}
	for i := range made.keys {
		var ck uint32
		for j := 0; j < 4; j++ {
			ck = ck<<8 | uint32(byte((4*i+j)*7))
		}
		x := sm4Box(k[1] ^ k[2] ^ k[3] ^ ck)
		made.keys[i] = k[0] ^ x ^ bits.RotateLeft32(x, 13) ^ bits.RotateLeft32(x, 23)
		k = [4]uint32{k[1], k[2], k[3], made.keys[i]}
	}
	return made
}

func (c *sm4Cipher) BlockSize() int { return 16 }

func (c *sm4Cipher) Encrypt(dst, src []byte) { c.crypt(dst, src, false) }

func (c *sm4Cipher) Decrypt(dst, src []byte) { c.crypt(dst, src, true) }

func (c *sm4Cipher) crypt(dst, src []byte, back bool) {
	a, b := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	d, e := binary.BigEndian.Uint32(src[8:]), binary.BigEndian.Uint32(src[12:])
	for i := 0; i < 32; i++ {
		key := c.keys[i]
		if back {
			key = c.keys[31-i]
		}
		x := sm4Box(b ^ d ^ e ^ key)
		x ^= bits.RotateLeft32(x, 2) ^ bits.RotateLeft32(x, 10) ^ bits.RotateLeft32(x, 18) ^ bits.RotateLeft32(x, 24)
		a, b, d, e = b, d, e, a^x
	}
	for i, word := range [4]uint32{e, d, b, a} {
		binary.BigEndian.PutUint32(dst[4*i:], word)
	}
}

func sm4Box(x uint32) uint32 {
	return uint32(sm4S[x>>24])<<24 | uint32(sm4S[x>>16&255])<<16 | uint32(sm4S[x>>8&255])<<8 | uint32(sm4S[x&255])
}

// sm4S is the S-box, GB/T 32907-2016 clause 6.2.
var sm4S = sm4Boxes()

// sm4Boxes computes the S-box: S(x) = A(inv(A(x)+c))+c over GF(2^8) with x^8+x^7+x^6+x^5+x^4+x^2+1.
func sm4Boxes() (box [256]byte) {
	affine := func(x byte) byte {
		var y byte
		for i := 0; i < 8; i++ {
			row := bits.RotateLeft8(0xa7, i)
			y |= byte(bits.OnesCount8(row&x)&1) << i
		}
		return y ^ 0xd3
	}
	for x := range box {
		box[x] = affine(sm4Inverse(affine(byte(x))))
	}
	return box
}

// sm4Inverse returns x to the power 254 in the field of the S-box: its inverse, and 0 for 0.
func sm4Inverse(x byte) byte {
	result := byte(1)
	for i := 0; i < 7; i++ {
		x = sm4Multiply(x, x)
		result = sm4Multiply(result, x)
	}
	return result
}

func sm4Multiply(x, y byte) (product byte) {
	for ; y != 0; y >>= 1 {
		if y&1 != 0 {
			product ^= x
		}
		carry := x & 0x80
		x <<= 1
		if carry != 0 {
			x ^= 0xf5
		}
	}
	return product
}
