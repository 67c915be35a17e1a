package cbc

import (
	"crypto/aes"
	"crypto/cipher"
	. "crypto/cipher"
	modes "crypto/cipher"
	"crypto/rand"
	"crypto/sha256"

	"github.com/emmansun/gmsm/sm4"
	old "github.com/tjfoc/gmsm/sm4"
)

func encrypt(key, iv, text []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(text))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, text) // want
	return out, nil
}

func national(key, iv []byte) (cipher.BlockMode, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewCBCEncrypter(block, iv), nil // want
}

func aliased(block modes.Block, iv []byte) modes.BlockMode {
	return modes.NewCBCEncrypter(block, iv) // want
}

func dotted(block Block, iv []byte) BlockMode {
	return NewCBCEncrypter(block, iv) // want
}

func random(block cipher.Block, out, text []byte) error {
	iv := make([]byte, aes.BlockSize)
	if _, err := rand.Read(iv); err != nil {
		return err
	}
	mode := cipher.NewCBCEncrypter(block, iv) // want
	mode.CryptBlocks(out, text)
	return nil
}

func oldPackage(key, text []byte) ([]byte, error) {
	return old.Sm4Cbc(key, text, true) // want
}

func hashed(block cipher.Block, iv, out, text []byte) [32]byte {
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, text) // want
	return sha256.Sum256(out)
}

type box struct{ mode cipher.BlockMode }

func (b *box) reset(block cipher.Block, iv []byte) {
	b.mode = cipher.NewCBCEncrypter(block, iv) // want
}

func inLoop(block cipher.Block, vectors [][]byte, data [][]byte) {
	for i, iv := range vectors {
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(data[i], data[i]) // want
	}
}

func closure(block cipher.Block) func(iv []byte) cipher.BlockMode {
	return func(iv []byte) cipher.BlockMode {
		return cipher.NewCBCEncrypter(block, iv) // want
	}
}
