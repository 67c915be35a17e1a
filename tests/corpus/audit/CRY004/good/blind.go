package blind

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"io"
)

// A fresh nonce each time, by io.ReadFull.
func fresh(aead cipher.AEAD, data []byte) []byte {
	nonce := make([]byte, aead.NonceSize())
	io.ReadFull(rand.Reader, nonce)
	return aead.Seal(nonce, nonce, data, nil)
}

// One block: a key check value.
func one(key []byte) []byte {
	block, _ := aes.NewCipher(key)
	out := make([]byte, aes.BlockSize)
	block.Encrypt(out, out)
	return out
}

// The nonce comes with the message.
func open(aead cipher.AEAD, sealed []byte) ([]byte, error) {
	n := aead.NonceSize()
	return aead.Open(nil, sealed[:n], sealed[n:], nil)
}
