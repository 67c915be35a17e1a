package ids

import (
	"crypto/ecdsa"
	"crypto/rand"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	old "github.com/tjfoc/gmsm/sm2"
)

const otherID = "ALICE123@YAHOO.COM"

var empty []byte

func sign(key *sm2.PrivateKey, message []byte) ([]byte, error) {
	return key.SignWithSM2(rand.Reader, nil, message) // want
}

func verify(pub *ecdsa.PublicKey, message, sig []byte) bool {
	return sm2.VerifyASN1WithSM2(pub, nil, message, sig) // want
}

func emptyText(pub *ecdsa.PublicKey, message, sig []byte) bool {
	return sm2.VerifyASN1WithSM2(pub, []byte(""), message, sig) // want
}

func emptyLiteral(key *sm2.PrivateKey, message []byte) ([]byte, error) {
	return key.SignWithSM2(rand.Reader, []byte{}, message) // want
}

func other(key *sm2.PrivateKey, message []byte) ([]byte, error) {
	return key.SignWithSM2(rand.Reader, []byte(otherID), message) // want
}

func local(pub *ecdsa.PublicKey, message, sig []byte) bool {
	uid := []byte("service-a")
	return sm2.VerifyASN1WithSM2(pub, uid, message, sig) // want
}

func options() *sm2.SM2SignerOption {
	return sm2.NewSM2SignerOption(true, nil) // want
}

func digest(pub *ecdsa.PublicKey, message []byte) ([]byte, error) {
	return sm2.CalculateSM2Hash(pub, message, nil) // want
}

func bare(key *sm2.PrivateKey, hashed []byte) ([]byte, error) {
	return sm2.SignASN1(rand.Reader, key, hashed, nil) // want
}

func bareMethod(key *sm2.PrivateKey, hashed []byte) ([]byte, error) {
	return key.Sign(rand.Reader, hashed, nil) // want
}

func oldSign(key *old.PrivateKey, message []byte) (*big.Int, *big.Int, error) {
	return old.Sm2Sign(key, message, nil, rand.Reader) // want
}

func oldVerify(pub *old.PublicKey, message []byte, r, s *big.Int) bool {
	return old.Sm2Verify(pub, message, []byte("12345678"), r, s) // want
}
