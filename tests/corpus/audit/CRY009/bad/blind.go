package blind

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
)

func sum(key, b []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(b)
	return m.Sum(nil)
}

func variable(key, b, given []byte) bool {
	want := sum(key, b)
	return bytes.Equal(want, given) // want
}

func encoded(key, b []byte, header string) bool {
	return base64.StdEncoding.EncodeToString(sum(key, b)) == header // want
}

func sliced(key, b, given []byte) bool {
	return slices.Equal(sum(key, b), given) // want
}

type message struct{ body, mac []byte }

func (m message) valid(key []byte) bool {
	return string(sum(key, m.body)) == string(m.mac) // want
}
