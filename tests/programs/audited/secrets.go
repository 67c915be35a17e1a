package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand"
)

const signingKey = "q7Vd02mXz9LpT4rW8sKe1bYc"

// signed tells whether a request carries the partner's signature.
func signed(signature, query string) bool {
	mac := hmac.New(sha256.New, []byte(signingKey))
	mac.Write([]byte(query))
	return signature == hex.EncodeToString(mac.Sum(nil))
}

// sealed encrypts a card's number.
func sealed(number, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(number))
	cipher.NewCTR(block, []byte("0123456789abcdef")).XORKeyStream(out, number)
	return out, nil
}

// newToken makes the token of a session.
func newToken() string {
	token := fmt.Sprintf("%016x", rand.Int63())
	return token
}

// etag names a version of an answer; it protects nothing.
func etag(body []byte) string {
	//goxray:ignore CRY001 until=2036-12-31 an ETag only, agreed with the security team (SEC-118)
	return fmt.Sprintf("%x", md5.Sum(body))
}

// avatar names a picture by its owner.
func avatar(phone string) string {
	return fmt.Sprintf("%x", md5.Sum([]byte(phone)))
}
