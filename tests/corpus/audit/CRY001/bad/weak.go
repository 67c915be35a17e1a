package weak

import (
	"crypto"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	digest "crypto/md5"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"hash"
	"io"
	"os"
)

func sum(data []byte) string {
	return fmt.Sprintf("%x", digest.Sum(data)) // want
}

func ofFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := digest.New() // want
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

func sha(data []byte) [20]byte {
	return sha1.Sum(data) // want
}

func keyed(key []byte) hash.Hash {
	return hmac.New(sha1.New, key) // want
}

func single(key []byte) (cipher.Block, error) {
	return des.NewCipher(key) // want
}

func triple(key []byte) (cipher.Block, error) {
	return des.NewTripleDESCipher(key) // want
}

func stream(key, dst, src []byte) error {
	c, err := rc4.NewCipher(key) // want
	if err != nil {
		return err
	}
	c.XORKeyStream(dst, src)
	return nil
}

func byNumber(data []byte) []byte {
	h := crypto.SHA1.New() // want
	h.Write(data)
	return h.Sum(nil)
}

func signature() x509.SignatureAlgorithm {
	return x509.SHA1WithRSA // want
}

func suites() []uint16 {
	return []uint16{
		tls.TLS_RSA_WITH_RC4_128_SHA, // want
		tls.TLS_AES_128_GCM_SHA256,
	}
}

var hashes = map[string]func() hash.Hash{
	"md5":  digest.New, // want
	"sha1": sha1.New,   // want
}

type signer interface {
	Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func sign(s signer, hashed []byte) ([]byte, error) {
	return s.Sign(nil, hashed, crypto.MD5) // want
}
