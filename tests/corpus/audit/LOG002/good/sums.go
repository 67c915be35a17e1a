package token

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/emmansun/gmsm/sm3"
)

type user struct {
	Phone string
	Email string
}

// A keyed hash.
func keyed(key []byte, phone string) []byte {
	mac := hmac.New(sm3.New, key)
	mac.Write([]byte(phone))
	return mac.Sum(nil)
}

// Keyed, written as text.
func keyedText(key []byte, u user) []byte {
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, u.Email)
	return mac.Sum(nil)
}

// A file's content.
func file(path string) ([32]byte, error) {
	data, err := os.ReadFile(path)
	return sha256.Sum256(data), err
}

// A constant that speaks of phones.
func constant() [16]byte {
	return md5.Sum([]byte("phone"))
}

// What is encrypted already.
func sealed(encryptedPhone []byte) [32]byte {
	return sha256.Sum256(encryptedPhone)
}

// A template of mails is no address.
func template(emailTemplate string) [32]byte {
	return sha256.Sum256([]byte(emailTemplate))
}

// The writer is standard output, no hash.
func printed(u *user) {
	fmt.Fprintf(os.Stdout, "%d letters", len(u.Phone))
}

// A request's body is hashed.
func body(r io.Reader) []byte {
	h := sha256.New()
	io.Copy(h, r)
	return h.Sum(nil)
}

// A count of mails is a number.
func etag(emailCount int) [32]byte {
	return sha256.Sum256([]byte(fmt.Sprint(emailCount)))
}

type md5Like struct{}

func (md5Like) Sum(data []byte) [16]byte { return [16]byte{} }

// Another Sum.
func shadowed(md5 md5Like, phone string) [16]byte {
	return md5.Sum([]byte(phone))
}
