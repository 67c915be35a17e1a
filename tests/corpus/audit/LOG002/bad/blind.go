package blind

import (
	md "crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

func streamed(phone string) []byte {
	h := sha256.New()
	io.WriteString(h, phone) // want
	return h.Sum(nil)
}

func formatted(idCard, salt string) string {
	return fmt.Sprintf("%x", md.Sum([]byte(idCard+salt))) // want
}

type user struct{ Email string }

func (u user) digest() string {
	sum := sha256.Sum256([]byte(u.Email)) // want
	return hex.EncodeToString(sum[:])
}

func chained(mobile string) []byte {
	h := sha256.New()
	h.Write([]byte("v1:"))
	h.Write([]byte(mobile)) // want
	return h.Sum(nil)
}
