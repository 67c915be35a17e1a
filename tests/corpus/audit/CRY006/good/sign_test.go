package ids

import (
	"crypto/rand"
	"testing"

	"github.com/emmansun/gmsm/sm2"
)

// A test may try the default.
func TestDefault(t *testing.T) {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := key.SignWithSM2(rand.Reader, nil, []byte("x")); err != nil {
		t.Fatal(err)
	}
}
