package blind

import (
	"crypto/rand"

	"github.com/emmansun/gmsm/sm2"
)

var uid = []byte("1234567812345678")

// The ID that both sides agreed on.
func with(key *sm2.PrivateKey, b []byte) ([]byte, error) {
	return key.SignWithSM2(rand.Reader, uid, b)
}
