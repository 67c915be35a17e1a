package blind

import (
	"crypto/hmac"
	"crypto/sha256"
	"io"
)

// With a key.
func keyed(key []byte, phone string) []byte {
	m := hmac.New(sha256.New, key)
	io.WriteString(m, phone)
	return m.Sum(nil)
}

// A file's hash.
func file(content []byte) [32]byte { return sha256.Sum256(content) }

// The hash of a template of mails.
func template(emailTemplate string) [32]byte { return sha256.Sum256([]byte(emailTemplate)) }

// The hash of what is sealed already.
func sealed(encryptedPhone []byte) [32]byte { return sha256.Sum256(encryptedPhone) }
