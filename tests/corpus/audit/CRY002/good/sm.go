package sm

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"hash"

	aes "github.com/emmansun/gmsm/sm4"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// Another package under a misleading name.
func block(key []byte) (cipher.Block, error) {
	return aes.NewCipher(key)
}

// An approved hash.
func sum(data []byte) [32]byte {
	return sm3.Sum(data)
}

// An approved hash with a key.
func keyed(key []byte) hash.Hash {
	return hmac.New(sm3.New, key)
}

// An approved signature's key.
func key() (*sm2.PrivateKey, error) {
	return sm2.GenerateKey(rand.Reader)
}

// A mode around an approved cipher.
func mode(b cipher.Block) (cipher.AEAD, error) {
	return cipher.NewGCM(b)
}

// A length is no use of the algorithm.
func length() int {
	return sha256.Size
}

type hasher struct{}

func (hasher) Sum256([]byte) int { return 0 }

// A local variable has the package's name.
func shadowed(data []byte) int {
	sha256 := hasher{}
	return sha256.Sum256(data)
}

// Random bytes are no algorithm of this list.
func random(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := rand.Read(b)
	return b, err
}

// Only the words stand in a text.
func text() string {
	return "aes.NewCipher, rsa.GenerateKey"
}

func NewCipher(key []byte) error { return nil }

// A function of the package is named so.
func own(key []byte) error {
	return NewCipher(key)
}
