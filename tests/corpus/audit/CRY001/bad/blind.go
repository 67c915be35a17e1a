package blind

import (
	"crypto"
	"crypto/des"
	md "crypto/md5"
	. "crypto/sha1"
	"hash"
	"io"
)

func stream(r io.Reader) []byte {
	h := md.New() // want
	io.Copy(h, r)
	return h.Sum(nil)
}

func dotted(b []byte) [20]byte { return Sum(b) } // want

var makers = map[string]func() hash.Hash{
	"md5": md.New, // want
}

func indirect() hash.Hash { return crypto.SHA1.New() } // want

func triple(key []byte) {
	block, _ := des.NewTripleDESCipher(key) // want
	_ = block
}
