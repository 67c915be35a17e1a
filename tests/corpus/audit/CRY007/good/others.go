package others

import (
	"crypto/cipher"
)

// GCM authenticates.
func gcm(block cipher.Block) (cipher.AEAD, error) {
	return cipher.NewGCM(block)
}

// CTR is no CBC.
func ctr(block cipher.Block, iv []byte) cipher.Stream {
	return cipher.NewCTR(block, iv)
}

// What others encrypted must be read.
func decrypt(block cipher.Block, iv []byte) cipher.BlockMode {
	return cipher.NewCBCDecrypter(block, iv)
}

type fake struct{}

func (fake) NewCBCEncrypter(cipher.Block, []byte) {}

// A local variable has the package's name.
func shadowed(block cipher.Block, iv []byte) {
	cipher := fake{}
	cipher.NewCBCEncrypter(block, iv)
}

func NewCBCEncrypter(block cipher.Block, iv []byte) {}

// A function of the package is named so.
func own(block cipher.Block, iv []byte) {
	NewCBCEncrypter(block, iv)
}

// Only the word stands in a text.
func text() string {
	return "cipher.NewCBCEncrypter"
}
