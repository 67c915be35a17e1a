package compare

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

func equal(key, body, given []byte) bool {
	h := hmac.New(sha256.New, key)
	h.Write(body)
	return bytes.Equal(h.Sum(nil), given) // want
}

func hexText(key, body []byte, given string) bool {
	h := hmac.New(sm3.New, key)
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil)) == given // want
}

func variable(key, body []byte, given string) bool {
	h := hmac.New(sm3.New, key)
	h.Write(body)
	want := h.Sum(nil)
	text := hex.EncodeToString(want)
	if given != text { // want
		return false
	}
	return true
}

func code(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(body)
	return h.Sum(nil)
}

func byHelper(key, body, given []byte) bool {
	return bytes.Equal(given, code(key, body)) // want
}

func compared(key, body, given []byte) bool {
	return bytes.Compare(code(key, body), given) == 0 // want
}

func deep(key, body, given []byte) bool {
	return reflect.DeepEqual(code(key, body), given) // want
}

func named(messageMAC, expectedMAC []byte) bool {
	return bytes.Equal(messageMAC, expectedMAC) // want
}

func asText(key, body []byte, given string) bool {
	return string(code(key, body)) == given // want
}

func folded(key, body []byte, given string) bool {
	return strings.EqualFold(hex.EncodeToString(code(key, body)), given) // want
}

func base(key, body []byte, given string) bool {
	return base64.StdEncoding.EncodeToString(code(key, body)) == given // want
}

type request struct{ hmac string }

func field(r request, computed string) bool {
	return r.hmac == computed // want
}
