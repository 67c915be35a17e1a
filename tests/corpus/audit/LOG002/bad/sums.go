package token

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

type user struct {
	Phone  string
	IDCard string
	Email  string
}

func plain(phone string) [16]byte {
	return md5.Sum([]byte(phone)) // want
}

func salted(u *user, salt string) string {
	sum := sm3.Sum([]byte(u.Phone + salt)) // want
	return hex.EncodeToString(sum[:])
}

func lower(email string) string {
	return fmt.Sprintf("%x", md5.Sum([]byte(strings.ToLower(email)))) // want
}

func followed(u user) [32]byte {
	data := []byte(u.IDCard)
	return sha256.Sum256(data) // want
}

func long(bankCardNo string) [64]byte {
	return sha512.Sum512([]byte("card:" + bankCardNo)) // want
}

func short(u user) [20]byte {
	return sha1.Sum([]byte(u.Email)) // want
}

func written(mobile string) []byte {
	h := sha256.New()
	h.Write([]byte(mobile)) // want
	return h.Sum(nil)
}

func writtenText(idCardNo string) []byte {
	h := sm3.New()
	io.WriteString(h, idCardNo) // want
	return h.Sum(nil)
}

func printed(u *user) []byte {
	h := md5.New()
	fmt.Fprintf(h, "%s|%s", u.Phone, "pepper") // want
	return h.Sum(nil)
}

func bytesOf(passport []byte) [28]byte {
	return sha256.Sum224(passport) // want
}
