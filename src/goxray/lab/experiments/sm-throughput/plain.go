// The algorithms in plain Go, written alike: SHA-256, and signatures over a curve with big integers.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"math/big"
	"math/bits"
)

// curve is y^2 = x^3 - 3 x + b over p; points are in Jacobian coordinates, z = 0 is the point at infinity.
type curve struct{ p, b, n, x, y *big.Int }

type point struct{ x, y, z *big.Int }

func number(hex string) *big.Int {
	value, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic(hex)
	}
	return value
}

// sm2Curve has the parameters of GB/T 32918.5-2017, p256 those of FIPS 186-4 D.1.2.3.
var (
	sm2Curve = curve{
		p: number("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF"),
		b: number("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"),
		n: number("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"),
		x: number("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"),
		y: number("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"),
	}
	p256 = curve{
		p: number("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"),
		b: number("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"),
		n: number("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"),
		x: number("6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"),
		y: number("4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"),
	}
)

func (c curve) mul(a, b *big.Int) *big.Int {
	product := new(big.Int).Mul(a, b)
	return product.Mod(product, c.p)
}

func (c curve) sub(a, b *big.Int) *big.Int {
	difference := new(big.Int).Sub(a, b)
	return difference.Mod(difference, c.p)
}

func (c curve) times(a *big.Int, k int64) *big.Int { return c.mul(a, big.NewInt(k)) }

func (c curve) double(q point) point {
	delta, gamma := c.mul(q.z, q.z), c.mul(q.y, q.y)
	beta := c.mul(q.x, gamma)
	alpha := c.times(c.mul(c.sub(q.x, delta), new(big.Int).Add(q.x, delta)), 3)
	x := c.sub(c.mul(alpha, alpha), c.times(beta, 8))
	z := c.times(c.mul(q.y, q.z), 2)
	y := c.sub(c.mul(alpha, c.sub(c.times(beta, 4), x)), c.times(c.mul(gamma, gamma), 8))
	return point{x, y, z}
}

func (c curve) add(q, r point) point {
	if q.z.Sign() == 0 {
		return r
	}
	if r.z.Sign() == 0 {
		return q
	}
	qq, rr := c.mul(q.z, q.z), c.mul(r.z, r.z)
	u, v := c.mul(q.x, rr), c.mul(r.x, qq)
	s, t := c.mul(q.y, c.mul(rr, r.z)), c.mul(r.y, c.mul(qq, q.z))
	h, w := c.sub(v, u), c.sub(t, s)
	if h.Sign() == 0 {
		if w.Sign() == 0 {
			return c.double(q)
		}
		return point{new(big.Int), big.NewInt(1), new(big.Int)}
	}
	hh := c.mul(h, h)
	hhh, part := c.mul(hh, h), c.mul(u, hh)
	x := c.sub(c.sub(c.mul(w, w), hhh), c.times(part, 2))
	return point{x, c.sub(c.mul(w, c.sub(part, x)), c.mul(s, hhh)), c.mul(c.mul(q.z, r.z), h)}
}

// scalar returns k times a point, in affine coordinates.
func (c curve) scalar(x, y, k *big.Int) (*big.Int, *big.Int) {
	sum, base := point{new(big.Int), big.NewInt(1), new(big.Int)}, point{x, y, big.NewInt(1)}
	for i := k.BitLen() - 1; i >= 0; i-- {
		sum = c.double(sum)
		if k.Bit(i) == 1 {
			sum = c.add(sum, base)
		}
	}
	return c.affine(sum)
}

func (c curve) affine(q point) (*big.Int, *big.Int) {
	inverse := new(big.Int).ModInverse(q.z, c.p)
	square := c.mul(inverse, inverse)
	return c.mul(q.x, square), c.mul(q.y, c.mul(square, inverse))
}

type key struct {
	curve
	d, px, py *big.Int
}

func newKey(on curve) key {
	d, err := rand.Int(rand.Reader, new(big.Int).Sub(on.n, big.NewInt(2)))
	must(err)
	d.Add(d, big.NewInt(1))
	x, y := on.scalar(on.x, on.y, d)
	return key{on, d, x, y}
}

func newSM2Key() key { return newKey(sm2Curve) }

func newPlainP256Key() key { return newKey(p256) }

// sign is clause 6.1 of GB/T 32918.2, from e on.
func (k key) sign(digest []byte) (r, s *big.Int) {
	nonce, err := rand.Int(rand.Reader, k.n)
	must(err)
	x, _ := k.scalar(k.curve.x, k.curve.y, nonce)
	r = new(big.Int).Add(new(big.Int).SetBytes(digest), x)
	r.Mod(r, k.n)
	s = new(big.Int).Sub(nonce, new(big.Int).Mul(r, k.d))
	s.Mul(s, new(big.Int).ModInverse(new(big.Int).Add(k.d, big.NewInt(1)), k.n))
	return r, s.Mod(s, k.n)
}

// verifiesOwn signs a digest and verifies it, and sees that it does not verify another (clause 7.1).
func (k key) verifiesOwn() bool {
	digest := make([]byte, 32)
	digest[31] = 9
	r, s := k.sign(digest)
	holds := func(digest []byte) bool {
		t := new(big.Int).Add(r, s)
		t.Mod(t, k.n)
		ax, ay := k.scalar(k.curve.x, k.curve.y, s)
		bx, by := k.scalar(k.px, k.py, t)
		x, _ := k.affine(k.add(point{ax, ay, big.NewInt(1)}, point{bx, by, big.NewInt(1)}))
		x.Add(x, new(big.Int).SetBytes(digest)).Mod(x, k.n)
		return x.Cmp(r) == 0
	}
	return holds(digest) && !holds(make([]byte, 32))
}

// ecdsaSign is FIPS 186-4 clause 6.4 over the same arithmetic.
func (k key) ecdsaSign(digest []byte) (r, s *big.Int) {
	nonce, err := rand.Int(rand.Reader, k.n)
	must(err)
	x, _ := k.scalar(k.curve.x, k.curve.y, nonce)
	r = x.Mod(x, k.n)
	s = new(big.Int).Add(new(big.Int).SetBytes(digest), new(big.Int).Mul(r, k.d))
	s.Mul(s, new(big.Int).ModInverse(nonce, k.n))
	return r, s.Mod(s, k.n)
}

var sha256K = cubeRoots()

// cubeRoots computes SHA-256's constants: 32 bits of the fractions of the cube roots of the first 64 primes.
func cubeRoots() (constants [64]uint32) {
	found := 0
	for candidate := int64(2); found < 64; candidate++ {
		if big.NewInt(candidate).ProbablyPrime(0) {
			// floor(cbrt(p) * 2^32) by Newton's method on p * 2^96.
			target := new(big.Int).Lsh(big.NewInt(candidate), 96)
			root := new(big.Int).Lsh(big.NewInt(8), 32)
			for {
				next := new(big.Int).Quo(target, new(big.Int).Mul(root, root))
				next.Add(next, new(big.Int).Lsh(root, 1)).Quo(next, big.NewInt(3))
				if next.Cmp(root) >= 0 {
					break
				}
				root = next
			}
			constants[found] = uint32(root.Uint64())
			found++
		}
	}
	return constants
}

// plainSHA256 is FIPS 180-4 clause 6.2, written as sm3Sum is.
func plainSHA256(message []byte) [32]byte {
	state := [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}
	whole := len(message) / 64 * 64
	for at := 0; at < whole; at += 64 {
		sha256Block(&state, message[at:at+64])
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
		sha256Block(&state, last[at:at+64])
	}
	var digest [32]byte
	for i, word := range state {
		binary.BigEndian.PutUint32(digest[4*i:], word)
	}
	return digest
}

func sha256Block(state *[8]uint32, block []byte) {
	var w [64]uint32
	for i := 0; i < 16; i++ {
		w[i] = binary.BigEndian.Uint32(block[4*i:])
	}
	for i := 16; i < 64; i++ {
		s0 := bits.RotateLeft32(w[i-15], -7) ^ bits.RotateLeft32(w[i-15], -18) ^ w[i-15]>>3
		s1 := bits.RotateLeft32(w[i-2], -17) ^ bits.RotateLeft32(w[i-2], -19) ^ w[i-2]>>10
		w[i] = w[i-16] + s0 + w[i-7] + s1
	}
	a, b, c, d, e, f, g, h := state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
	for i := 0; i < 64; i++ {
		s1 := bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)
		t1 := h + s1 + (e&f ^ ^e&g) + sha256K[i] + w[i]
		s0 := bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)
		t2 := s0 + (a&b ^ a&c ^ b&c)
		a, b, c, d, e, f, g, h = t1+t2, a, b, c, d+t1, e, f, g
	}
	for i, word := range [8]uint32{a, b, c, d, e, f, g, h} {
		state[i] += word
	}
}
