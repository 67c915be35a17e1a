package twofiles

import "crypto/cipher"

// The code is made in another file of the package.
func encrypt(block cipher.Block, iv, out, text []byte) {
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, text)
}
