package secrets

import (
	"encoding/hex"
	"fmt"
	"math/rand"
	v2 "math/rand/v2"
	"time"
)

const letters = "abcdefghijklmnopqrstuvwxyz"

func newToken() string {
	b := make([]byte, 16)
	rand.Read(b) // want
	return hex.EncodeToString(b)
}

func filled() []byte {
	nonce := make([]byte, 12)
	rand.Read(nonce) // want
	return nonce
}

func assigned() int64 {
	secret := rand.Int63() // want
	return secret
}

func letterByLetter() string {
	password := make([]byte, 12)
	for i := range password {
		password[i] = letters[rand.Intn(len(letters))] // want
	}
	return string(password)
}

func smsCode() string {
	return fmt.Sprintf("%06d", v2.IntN(1000000)) // want
}

func seeded() []byte {
	r := rand.New(rand.NewSource(time.Now().UnixNano()))
	salt := make([]byte, 8)
	r.Read(salt) // want
	return salt
}

type session struct{ sessionID uint64 }

func (s *session) renew() {
	s.sessionID = v2.Uint64() // want
}

func randomString(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rand.Intn(len(letters))]
	}
	return string(b)
}

func viaHelper() string {
	apiKey := randomString(32) // want
	return apiKey
}

func generateOTP() int {
	return 100000 + rand.Intn(900000) // want
}

func vector() [16]byte {
	var iv [16]byte
	for i := range iv {
		iv[i] = byte(rand.Intn(256)) // want
	}
	return iv
}

func signingKey() []byte {
	out := make([]byte, 32)
	rand.Read(out) // want
	return out
}
