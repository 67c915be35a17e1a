package compare

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"hash"
	"net"
)

func code(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(body)
	return h.Sum(nil)
}

// The right function.
func equal(key, body, given []byte) bool {
	return hmac.Equal(code(key, body), given)
}

// The function that it rests on.
func constantTime(key, body, given []byte) bool {
	return subtle.ConstantTimeCompare(code(key, body), given) == 1
}

// A length is no secret.
func length(mac []byte) bool {
	return len(mac) == sha256.Size
}

// Whether there is one at all.
func absent(mac []byte) bool {
	return mac == nil
}

// Whether a text is empty.
func empty(hmacText string) bool {
	return hmacText == ""
}

// The address of a network card.
func hardware(mac net.HardwareAddr, other net.HardwareAddr) bool {
	return bytes.Equal(mac, other)
}

// Bodies may be compared as they like.
func bodies(a, b []byte) bool {
	return bytes.Equal(a, b)
}

// The sum of a file without a key.
func file(data, given []byte) bool {
	h := sha256.New()
	h.Write(data)
	return bytes.Equal(h.Sum(nil), given)
}

// A machine is no mac.
func machine(machineID, other string) bool {
	return machineID == other
}

var errMAC = errors.New("wrong code")

// An error is compared.
func isWrong(err error) bool {
	return err == errMAC
}

// The hash itself, not its sum.
func same(hmac hash.Hash, other hash.Hash) bool {
	return hmac == other
}
