package strong

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"hash"

	md5 "github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// Another package under a misleading name.
func misnamed(data []byte) [32]byte {
	return md5.Sum(data)
}

// A hash that holds.
func sum(data []byte) [32]byte {
	return sha256.Sum256(data)
}

// A keyed hash that holds.
func keyed(key []byte) hash.Hash {
	return hmac.New(sha256.New, key)
}

// A cipher that holds.
func block(key []byte) error {
	_, err := sm4.NewCipher(key)
	return err
}

type fake struct{}

func (fake) Sum([]byte) int { return 0 }

// A local variable has the package's name.
func shadowed(data []byte) int {
	sha1 := fake{}
	return sha1.Sum(data)
}

// Only the word stands in a text.
func text() string {
	return "md5.Sum and sha1.New are refused"
}

// A hash by number that holds.
func byNumber() hash.Hash {
	return crypto.SHA256.New()
}

// A signature algorithm that holds.
func signature() x509.SignatureAlgorithm {
	return x509.SHA256WithRSA
}

// Cipher suites that hold.
func suites() []uint16 {
	return []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
}

func MD5(string) string { return "" }

// A function of the package is named so.
func own(s string) string {
	return MD5(s)
}
