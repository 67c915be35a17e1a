package modes

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	gmcipher "github.com/emmansun/gmsm/cipher"
	"github.com/tjfoc/gmsm/sm4"
)

const vector = "0123456789abcdef"

var fixed = []byte("abcdefghijklmnop")

func constantText(block cipher.Block) cipher.BlockMode {
	return cipher.NewCBCEncrypter(block, []byte("0123456789abcdef")) // want
}

func constantName(block cipher.Block) cipher.Stream {
	return cipher.NewCTR(block, []byte(vector)) // want
}

func literal(block cipher.Block) cipher.BlockMode {
	iv := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	return cipher.NewCBCDecrypter(block, iv) // want
}

func packageVariable(block cipher.Block) cipher.Stream {
	return cipher.NewOFB(block, fixed) // want
}

func zero(block cipher.Block) cipher.Stream {
	iv := make([]byte, aes.BlockSize)
	return cipher.NewCFBEncrypter(block, iv) // want
}

func sealed(aead cipher.AEAD, text []byte) []byte {
	return aead.Seal(nil, []byte("twelve bytes"), text, nil) // want
}

func zeroNonce(aead cipher.AEAD, text []byte) []byte {
	nonce := make([]byte, aead.NonceSize())
	return aead.Seal(nil, nonce, text, nil) // want
}

func again(aead cipher.AEAD, texts [][]byte) ([][]byte, error) {
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	var out [][]byte
	for _, text := range texts {
		out = append(out, aead.Seal(nil, nonce, text, nil)) // want
	}
	return out, nil
}

func byHand(key, text []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(text))
	size := block.BlockSize()
	for at := 0; at < len(text); at += size {
		block.Encrypt(out[at:at+size], text[at:at+size]) // want
	}
	return out, nil
}

func ecb(block cipher.Block) cipher.BlockMode {
	return gmcipher.NewECBEncrypter(block) // want
}

func oldECB(key, text []byte) ([]byte, error) {
	return sm4.Sm4Ecb(key, text, true) // want
}

func openByHand(block cipher.Block, out, in []byte) {
	for len(in) > 0 {
		block.Decrypt(out[:16], in[:16]) // want
		in, out = in[16:], out[16:]
	}
}
