package blind

import (
	"crypto"
	"crypto/md5"
	"errors"
)

// Refused, not used.
func refused(h crypto.Hash) error {
	if h == crypto.SHA1 {
		return errors.New("too weak")
	}
	return nil
}

// Told apart in a switch, to be refused.
func named(h crypto.Hash) error {
	switch h {
	case crypto.MD5:
		return errors.New("too weak")
	}
	return nil
}

// The size alone.
func size() int { return md5.Size }

type md4 struct{}

func (md4) Sum(b []byte) []byte { return b }

// A variable of that name.
func shadowed(b []byte) []byte {
	md5 := md4{}
	return md5.Sum(b)
}
