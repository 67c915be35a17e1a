package foreign

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	s512 "crypto/sha512"
	"hash"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

func block(key []byte) (cipher.Block, error) {
	return aes.NewCipher(key) // want
}

func chacha(key []byte) (cipher.AEAD, error) {
	return chacha20poly1305.New(key) // want
}

func sum(data []byte) [32]byte {
	return sha256.Sum256(data) // want
}

func long(data []byte) [64]byte {
	return s512.Sum512(data) // want
}

func keyed(key []byte) hash.Hash {
	return hmac.New(sha256.New, key) // want
}

func rsaKey() (*rsa.PrivateKey, error) {
	return rsa.GenerateKey(rand.Reader, 3072) // want
}

func ecKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // want
}

func edwards(key ed25519.PrivateKey, message []byte) []byte {
	return ed25519.Sign(key, message) // want
}

func exchange() ecdh.Curve {
	return ecdh.X25519() // want
}

func blake(data []byte) [32]byte {
	return blake2b.Sum256(data) // want
}

func seal(pub *rsa.PublicKey, data []byte) ([]byte, error) {
	h := sha256.New()                                      // want
	return rsa.EncryptOAEP(h, rand.Reader, pub, data, nil) // want
}
