package blind

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"net/url"
)

const dbPassword = "Tr0ub4dor&3" // want

type config struct{ APIKey, Region string }

var defaults = config{APIKey: "9f86d081884c7d659a2feaa0c55ad015", Region: "eu"} // want

func sign(b []byte) []byte {
	m := hmac.New(sha256.New, []byte("k3y-f0r-s1gning")) // want
	m.Write(b)
	return m.Sum(nil)
}

var raw = [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

func fromArray() {
	aes.NewCipher(raw[:]) // want
}

func parts() *url.URL {
	return &url.URL{Scheme: "postgres", User: url.UserPassword("app", "s3cret"), Host: "db"} // want
}

func login(set func(string, string)) {
	const secretKey = "wJalrXUtnFEMI/K7MDENG" // want
	set("key", secretKey)
}
