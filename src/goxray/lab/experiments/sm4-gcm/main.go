// SM4-GCM with the standard library's GCM, which authenticates with GHASH, against the published test vector.
package main

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
)

func unhex(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

func measure() {
	key := unhex("0123456789abcdeffedcba9876543210")
	block := newSM4(key)
	once := make([]byte, 16)
	block.Encrypt(once, key)
	truth("GB/T 32907-2016 A.1", "block_cipher_right", hex.EncodeToString(once) == "681edf34d206965e86b3e94f536e4246")
	// RFC 8998, appendix A.1.
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	plain := unhex("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa")
	sealed := gcm.Seal(nil, unhex("00001234567800000000abcd"), plain, unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
	want := unhex("17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d")
	truth("RFC 8998 A.1", "ciphertext_right", bytes.Equal(sealed[:len(plain)], want))
	truth("RFC 8998 A.1", "tag_is_of_ghash", hex.EncodeToString(sealed[len(plain):]) == "83de3541e4c2b58177e065a9bf7b62ec")
}

func main() { lab(map[string]func(){"main": measure}) }
