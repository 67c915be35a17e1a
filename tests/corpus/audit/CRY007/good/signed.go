package signed

import (
	"crypto/cipher"
	"crypto/ed25519"
)

// Encrypted, then signed.
func seal(block cipher.Block, key ed25519.PrivateKey, iv, out, text []byte) []byte {
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, text)
	return ed25519.Sign(key, out)
}
