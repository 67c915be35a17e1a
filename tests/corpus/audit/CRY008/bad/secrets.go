package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"net/http"

	"github.com/emmansun/gmsm/sm4"
	"golang.org/x/crypto/pbkdf2"
	"golang.org/x/crypto/scrypt"
)

const master = "0123456789abcdef"

const dbPassword = "Sup3rS3cr3t!" // want

var signing = []byte("not-a-good-idea")

func constantText() (cipher.Block, error) {
	return aes.NewCipher([]byte("an example key 1")) // want
}

func constantName() (cipher.Block, error) {
	return sm4.NewCipher([]byte(master)) // want
}

func literal() (cipher.Block, error) {
	key := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	return sm4.NewCipher(key) // want
}

func packageVariable() hash.Hash {
	return hmac.New(sha256.New, signing) // want
}

func salted(password []byte) []byte {
	return pbkdf2.Key(password, []byte("salt"), 100000, 32, sha256.New) // want
}

func stretched(password []byte) ([]byte, error) {
	return scrypt.Key(password, []byte("pepper"), 1<<15, 8, 1, 32) // want
}

func basic(r *http.Request) {
	r.SetBasicAuth("admin", "admin") // want
}

func local() string {
	password := "Tr0ub4dor&3" // want
	return password
}

type config struct {
	User     string
	Password string
	APIKey   string
}

func fields() config {
	return config{
		User:     "app",
		Password: "hunter2hunter2", // want
	}
}

func later(c *config) {
	c.APIKey = "9f86d081884c7d65" // want
}

func table() map[string]string {
	return map[string]string{
		"user":     "app",
		"password": "Zx81-spectrum", // want
	}
}

const pem = `-----BEGIN EC PUBLIC KEY-----
MHcCAQEEIBrandomrandomrandomrandomrandomrandomrandomoAoGCCqGSM49
-----END EC PUBLIC KEY-----`

func inline() string {
	return "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----" // want
}
