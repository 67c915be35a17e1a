package numbers

import (
	"math/rand"
	"testing"
)

// A test's token need not be secret.
func TestToken(t *testing.T) {
	token := rand.Int63()
	_ = token
}
