package withmac

import (
	"crypto/cipher"
	"crypto/hmac"

	"github.com/emmansun/gmsm/sm3"
)

// Encrypted, then authenticated.
func seal(block cipher.Block, macKey, iv, out, text []byte) []byte {
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, text)
	h := hmac.New(sm3.New, macKey)
	h.Write(iv)
	h.Write(out)
	return h.Sum(out)
}

// The code is made by another function of the package.
func bare(block cipher.Block, iv, out, text []byte) {
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, text)
}
