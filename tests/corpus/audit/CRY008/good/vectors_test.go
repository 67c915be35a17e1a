package elsewhere

import (
	"crypto/aes"
	"testing"
)

// A test vector's key is known to all.
func TestVector(t *testing.T) {
	if _, err := aes.NewCipher([]byte("0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
}
