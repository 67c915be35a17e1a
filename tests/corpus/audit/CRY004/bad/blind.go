package blind

import (
	"crypto/aes"
	"crypto/cipher"
)

var iv = []byte("0123456789abcdef")

func packageIV(key, data []byte) {
	block, _ := aes.NewCipher(key)
	cipher.NewCTR(block, iv).XORKeyStream(data, data) // want
}

func zeroIV(key, data []byte) {
	block, _ := aes.NewCipher(key)
	cipher.NewCBCEncrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(data, data) // want
}

func blocks(key, data []byte) {
	block, _ := aes.NewCipher(key)
	for len(data) > 0 {
		block.Encrypt(data, data) // want
		data = data[block.BlockSize():]
	}
}

func keyIsIV(key, data []byte) {
	block, _ := aes.NewCipher(key)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(data, data) // missed
}
