// SM2, SM3 and SM4 beside ECDSA P-256, SHA-256 and AES: against the library's, and against code of the same kind.
package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
)

var sink byte

const message = 8192

// hashing prints how many bytes a second a hash takes.
func hashing(inCase string, sum func([]byte) [32]byte) {
	data := make([]byte, message)
	ns := nsFastest(func(rounds int) {
		for i := 0; i < rounds; i++ {
			digest := sum(data)
			sink ^= digest[0]
		}
	})
	emit(inCase, "per_second", message/ns[0]*1e9, "bytes/s")
}

func sealing(inCase string, block cipher.Block) {
	gcm, err := cipher.NewGCM(block)
	must(err)
	nonce, data := make([]byte, gcm.NonceSize()), make([]byte, message)
	into := make([]byte, 0, message+16)
	ns := nsFastest(func(rounds int) {
		for i := 0; i < rounds; i++ {
			sink ^= gcm.Seal(into, nonce, data, nil)[0]
		}
	})
	emit(inCase, "per_second", message/ns[0]*1e9, "bytes/s")
}

// signing prints signatures a second; each is of another digest.
func signing(inCase string, sign func(digest []byte)) {
	digest := make([]byte, 32)
	ns := nsFastest(func(rounds int) {
		for i := 0; i < rounds; i++ {
			digest[0]++
			sign(digest)
		}
	})
	emit(inCase, "per_second", 1e9/ns[0], "1/s")
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func sm() {
	hashing("hash, against the library's", sm3Sum)
	hashing("hash, both in plain Go", sm3Sum)
	block := newSM4(make([]byte, 16))
	sealing("GCM, against the library's", block)
	key := newSM2Key()
	sign := func(digest []byte) {
		r, s := key.sign(digest)
		sink ^= byte(r.Bit(0) ^ s.Bit(0))
	}
	truth("", "sm2_verifies", key.verifiesOwn())
	signing("signature, against the library's", sign)
	signing("signature, both in plain Go", sign)
}

func usual() {
	hashing("hash, against the library's", sha256.Sum256)
	truth("", "plain_sha256_right", plainSHA256([]byte("abc")) == sha256.Sum256([]byte("abc")))
	hashing("hash, both in plain Go", plainSHA256)
	block, err := aes.NewCipher(make([]byte, 16))
	must(err)
	sealing("GCM, against the library's", block)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	signing("signature, against the library's", func(digest []byte) {
		signature, err := ecdsa.SignASN1(rand.Reader, key, digest)
		must(err)
		sink ^= signature[8]
	})
	plain := newPlainP256Key()
	signing("signature, both in plain Go", func(digest []byte) {
		r, s := plain.ecdsaSign(digest)
		sink ^= byte(r.Bit(0) ^ s.Bit(0))
	})
}

func main() { lab(map[string]func(){"SM": sm, "usual": usual}) }
