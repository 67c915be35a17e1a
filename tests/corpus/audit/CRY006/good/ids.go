package ids

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"io"

	"github.com/emmansun/gmsm/sm2"
	old "github.com/tjfoc/gmsm/sm2"
)

const agreed = "1234567812345678"

var signerID = []byte(agreed)

// The agreed ID as written.
func sign(key *sm2.PrivateKey, message []byte) ([]byte, error) {
	return key.SignWithSM2(rand.Reader, []byte("1234567812345678"), message)
}

// The agreed ID as a constant.
func verify(pub *ecdsa.PublicKey, message, sig []byte) bool {
	return sm2.VerifyASN1WithSM2(pub, []byte(agreed), message, sig)
}

// The agreed ID in a variable of the package.
func variable(pub *ecdsa.PublicKey, message, sig []byte) bool {
	return sm2.VerifyASN1WithSM2(pub, signerID, message, sig)
}

// What a parameter holds is not known.
func parameter(key *sm2.PrivateKey, uid, message []byte) ([]byte, error) {
	return key.SignWithSM2(rand.Reader, uid, message)
}

// Options with the agreed ID.
func options() *sm2.SM2SignerOption {
	return sm2.NewSM2SignerOption(true, signerID)
}

// The method with the package's options.
func method(key *sm2.PrivateKey, message []byte) ([]byte, error) {
	return key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts)
}

// A function with the package's options.
func function(key *sm2.PrivateKey, message []byte) ([]byte, error) {
	return sm2.SignASN1(rand.Reader, key, message, sm2.DefaultSM2SignerOpts)
}

// The old package with the agreed ID.
func oldDigest(pub *old.PublicKey, message []byte) ([]byte, error) {
	return pub.Sm3Digest(message, []byte(agreed))
}

// Another algorithm's key has no ID.
func ecdsaSign(key *ecdsa.PrivateKey, hashed []byte) ([]byte, error) {
	return ecdsa.SignASN1(rand.Reader, key, hashed)
}

// A signer of unknown kind.
func anySigner(key crypto.Signer, hashed []byte) ([]byte, error) {
	return key.Sign(rand.Reader, hashed, nil)
}

type service struct{}

func (service) SignWithSM2(io.Reader, []byte, []byte) ([]byte, error) { return nil, nil }

// A method of the name on a type of the package.
func own(s service, message []byte) ([]byte, error) {
	return s.SignWithSM2(rand.Reader, nil, message)
}
