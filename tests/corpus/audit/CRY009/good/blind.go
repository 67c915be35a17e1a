package blind

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
)

// In constant time by another package.
func constant(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// A digest without a key is no code.
func digest(b []byte, want [32]byte) bool { return sha256.Sum256(b) == want }

// Lengths may be compared.
func lengths(mac, given []byte) bool { return len(mac) == len(given) && hmac.Equal(mac, given) }

// Bodies, not codes.
func bodies(a, b []byte) bool { return bytes.Equal(a, b) }
