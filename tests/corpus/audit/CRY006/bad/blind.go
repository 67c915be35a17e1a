package blind

import (
	"crypto/rand"

	gm "github.com/emmansun/gmsm/sm2"
)

func without(key *gm.PrivateKey, b []byte) ([]byte, error) {
	return key.SignWithSM2(rand.Reader, nil, b) // want
}

func verify(pub any, b, sig []byte) bool {
	return false
}
