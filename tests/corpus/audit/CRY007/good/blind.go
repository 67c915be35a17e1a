package blind

import (
	"crypto/aes"
	"crypto/cipher"
)

// Authenticated by itself.
func gcm(key, nonce, data []byte) []byte {
	block, _ := aes.NewCipher(key)
	aead, _ := cipher.NewGCM(block)
	return aead.Seal(nil, nonce, data, nil)
}

// A type of that name.
type NewCBCEncrypter struct{}

// The block size of a mode.
func size(m cipher.BlockMode) int { return m.BlockSize() }
