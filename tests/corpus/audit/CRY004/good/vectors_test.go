package modes

import (
	"crypto/cipher"
	"testing"
)

// Test vectors have constant ones.
func TestVectors(t *testing.T) {
	var block cipher.Block
	_ = cipher.NewCTR(block, []byte("0123456789abcdef"))
}
