package others

import (
	"crypto/cipher"
	"testing"
)

// A test vector has no code.
func TestVector(t *testing.T) {
	var block cipher.Block
	_ = cipher.NewCBCEncrypter(block, make([]byte, 16))
}
