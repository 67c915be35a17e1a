package blind

import (
	"crypto/aes"
	c "crypto/cipher"
	"crypto/rand"
	"io"
)

func renamed(key, data []byte) []byte {
	block, _ := aes.NewCipher(key)
	iv := make([]byte, aes.BlockSize)
	io.ReadFull(rand.Reader, iv)
	mode := c.NewCBCEncrypter(block, iv) // want
	mode.CryptBlocks(data, data)
	return append(iv, data...)
}

type sealer struct{ block c.Block }

func (s sealer) seal(iv, data []byte) {
	c.NewCBCEncrypter(s.block, iv).CryptBlocks(data, data) // want
}

var make1 func(c.Block, []byte) c.BlockMode = c.NewCBCEncrypter // want
