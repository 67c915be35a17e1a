package blind

import (
	"fmt"
	mrand "math/rand"
	"math/rand/v2"
	"time"
)

type session struct{ Token string }

func field() session {
	return session{Token: fmt.Sprint(mrand.Int63())} // want
}

func source() []byte {
	r := mrand.New(mrand.NewSource(time.Now().UnixNano()))
	key := make([]byte, 32)
	r.Read(key) // want
	return key
}

func closure() func() int {
	return func() int {
		otp := rand.IntN(999999) // want
		return otp
	}
}

func resetPassword() string {
	return fmt.Sprintf("%d", rand.Uint64()) // want
}

func apiKey(n int) string {
	out := make([]rune, n)
	for i := range out {
		out[i] = rune('a' + mrand.Intn(26)) // want
	}
	return string(out)
}
