package sm

import (
	"crypto/sha256"
	"testing"
)

// A test may compare files as it likes.
func TestSum(t *testing.T) {
	_ = sha256.Sum256(nil)
}
