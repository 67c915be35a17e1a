package global

import (
	old "github.com/tjfoc/gmsm/sm4"
)

func set(iv []byte) error {
	return old.SetIV(iv) // want
}

func setConstant() {
	old.SetIV([]byte("0123456789abcdef")) // want
}

func encrypt(key, text []byte) ([]byte, error) {
	return old.Sm4Cbc(key, text, true) // want
}

func decrypt(key, text []byte) ([]byte, error) {
	out, err := old.Sm4Cbc(key, text, false) // want
	if err != nil {
		return nil, err
	}
	return out, nil
}

func feedback(key, text []byte) ([]byte, error) {
	return old.Sm4CFB(key, text, true) // want
}

func output(key, text []byte) ([]byte, error) {
	return old.Sm4OFB(key, text, true) // want
}

func read() []byte {
	return old.IV // want
}

func assign(iv []byte) {
	old.IV = iv // want
}

func inGoroutine(iv []byte) {
	go old.SetIV(iv) // want
}

type crypter func(key, text []byte, encrypt bool) ([]byte, error)

func pick(name string) crypter {
	if name == "ecb" {
		return old.Sm4Ecb
	}
	return old.Sm4Cbc // want
}

var modes = map[string]crypter{
	"ofb": old.Sm4OFB, // want
}
