package modes

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"io"
)

// A random nonce for the one message.
func seal(aead cipher.AEAD, text []byte) ([]byte, error) {
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, text, nil), nil
}

// A random IV read in full.
func stream(block cipher.Block) (cipher.Stream, error) {
	iv := make([]byte, aes.BlockSize)
	if _, err := io.ReadFull(rand.Reader, iv); err != nil {
		return nil, err
	}
	return cipher.NewCTR(block, iv), nil
}

// What a parameter holds is not known.
func parameter(block cipher.Block, iv []byte) cipher.BlockMode {
	return cipher.NewCBCEncrypter(block, iv)
}

// The IV stands before the ciphertext.
func open(block cipher.Block, data []byte) cipher.BlockMode {
	return cipher.NewCBCDecrypter(block, data[:aes.BlockSize])
}

// A nonce for each turn.
func each(aead cipher.AEAD, texts [][]byte) ([][]byte, error) {
	var out [][]byte
	for _, text := range texts {
		nonce := make([]byte, aead.NonceSize())
		if _, err := rand.Read(nonce); err != nil {
			return nil, err
		}
		out = append(out, aead.Seal(nonce, nonce, text, nil))
	}
	return out, nil
}

// A nonce that counts.
func counted(aead cipher.AEAD, texts [][]byte) [][]byte {
	nonce := make([]byte, 12)
	var out [][]byte
	for i, text := range texts {
		binary.BigEndian.PutUint64(nonce[4:], uint64(i))
		out = append(out, aead.Seal(nil, nonce, text, nil))
	}
	return out
}

// One block alone is no mode.
func one(block cipher.Block, out, in []byte) {
	block.Encrypt(out, in)
}

// Blocks that are chained by hand.
func chain(block cipher.Block, iv, out, in []byte) {
	for len(in) > 0 {
		for i := range iv {
			in[i] ^= iv[i]
		}
		block.Encrypt(out, in)
		iv, in, out = out[:16], in[16:], out[16:]
	}
}

// A code over blocks keeps the last one alone.
func cmacTail(block cipher.Block, state []byte, rounds int) {
	for range rounds {
		block.Encrypt(state, state)
	}
}

// The vector is copied from elsewhere.
func copied(block cipher.Block, stored []byte) cipher.Stream {
	iv := make([]byte, aes.BlockSize)
	copy(iv, stored)
	return cipher.NewCTR(block, iv)
}

type box struct{ nonce []byte }

// A field's value is not known.
func (b *box) seal(aead cipher.AEAD, text []byte) []byte {
	return aead.Seal(nil, b.nonce, text, nil)
}
