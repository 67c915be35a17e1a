// Package signed signs each record.
package signed

import (
	"crypto/ed25519"
	"os"
)

func record(key ed25519.PrivateKey, text []byte) error {
	file, err := os.OpenFile("/var/log/app/audit.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, ed25519.Sign(key, text)...))
	return err
}
