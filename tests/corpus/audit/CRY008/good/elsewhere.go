package elsewhere

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"hash"
	"net/http"
	"os"
)

// The environment holds it.
func environment() (cipher.Block, error) {
	return aes.NewCipher([]byte(os.Getenv("ORDERS_KEY")))
}

// A file holds it.
func file(name string) (hash.Hash, error) {
	key, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return hmac.New(sha256.New, key), nil
}

// A parameter holds it.
func parameter(key []byte) (cipher.Block, error) {
	return aes.NewCipher(key)
}

// It is random.
func random() (cipher.Block, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return aes.NewCipher(key)
}

// The name of a variable of the environment.
const password = "DB_PASSWORD"

// The name of a field.
const passwordField = "userPassword1"

// A message about one.
var errPassword = errors.New("Wrong password 1")

// A placeholder for people.
var apiKey = "<your API key 1>"

// Too plain a word to be one.
var secret = "secret"

// The password of a user is asked.
func basic(r *http.Request, user, password string) {
	r.SetBasicAuth(user, password)
}

// The path of a file.
func path() string {
	passwordFile := "/etc/app/Password1"
	return passwordFile
}

// A header's name.
var secretHeader = "X-Api-Secret9"

// A variable that is set at the start has no one value.
var key = "replaced-at-start"

func start() {
	key = os.Getenv("KEY")
}

func code() hash.Hash {
	return hmac.New(sha256.New, []byte(key))
}

// A public key is for everybody.
const public = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0123456789\n-----END PUBLIC KEY-----"
