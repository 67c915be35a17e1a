package explicit

import (
	"crypto/cipher"
	"crypto/rand"

	"github.com/emmansun/gmsm/sm4"
	old "github.com/tjfoc/gmsm/sm4"
)

// The other package's block with an IV of its own.
func encrypt(key, iv, out, text []byte) error {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return err
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, text)
	return nil
}

// This package's block, with an IV that is given.
func block(key, iv []byte) (cipher.Stream, error) {
	b, err := old.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewCTR(b, iv), nil
}

// Its length is no state.
func size() int {
	return old.BlockSize
}

// Its GCM takes the IV as an argument.
func gcm(key, iv, text, more []byte) ([]byte, []byte, error) {
	return old.Sm4GCM(key, iv, text, more, true)
}

type fake struct{ IV []byte }

func (f *fake) SetIV(iv []byte) { f.IV = iv }

// A type with a method of the name.
func method(iv []byte) *fake {
	f := &fake{}
	f.SetIV(iv)
	return f
}

// A field of the name.
func field(f *fake) []byte {
	return f.IV
}

// A local variable has the package's name.
func shadowed(iv []byte) {
	old := &fake{}
	old.SetIV(iv)
}

func SetIV([]byte) {}

// A function of the package is named so.
func own(iv []byte) {
	SetIV(iv)
}

// A random IV.
func random() ([]byte, error) {
	iv := make([]byte, sm4.BlockSize)
	_, err := rand.Read(iv)
	return iv, err
}

// Only the words stand in a text.
func text() string {
	return "sm4.SetIV and sm4.Sm4Cbc"
}
