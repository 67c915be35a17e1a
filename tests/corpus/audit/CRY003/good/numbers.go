package numbers

import (
	crand "crypto/rand"
	"math/big"
	"math/rand"
	"time"
)

// A wait that is spread.
func jitter(base time.Duration) time.Duration {
	return base + time.Duration(rand.Int63n(int64(base)))
}

// One of several servers.
func pick(hosts []string) string {
	return hosts[rand.Intn(len(hosts))]
}

// The order of a list.
func shuffle(list []string) {
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// A token from the right source under another name.
func token() ([]byte, error) {
	token := make([]byte, 32)
	_, err := crand.Read(token)
	return token, err
}

// A password letter from the right source.
func password(n int64) (*big.Int, error) {
	return crand.Int(crand.Reader, big.NewInt(n))
}

// A sample of measurements.
func sample(values []float64, n int) []float64 {
	out := make([]float64, 0, n)
	for range n {
		out = append(out, values[rand.Intn(len(values))])
	}
	return out
}

// A position in a list of tokens of a text.
func tokenIndex(tokens []string) int {
	return rand.Intn(len(tokens))
}

// A bucket of tokens limits a rate.
func tokenBucketDelay() time.Duration {
	return time.Duration(rand.Intn(100)) * time.Millisecond
}

type dice struct{}

func (dice) Intn(int) int { return 4 }

// A local variable has the package's name.
func secretNumber() int {
	rand := dice{}
	return rand.Intn(6)
}

// A key of a map in a simulation.
func fill(m map[int]int) {
	for key := 0; key < 100; key++ {
		m[key] = rand.Int()
	}
}

// A nonce next to an ordinary number.
func both(nonce []byte) (int, error) {
	n := rand.Intn(10)
	_, err := crand.Read(nonce)
	return n, err
}
