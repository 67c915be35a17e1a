package blind

import (
	crand "crypto/rand"
	"math/rand"
	"time"
)

// Waiting is no secret.
func backoff() time.Duration { return time.Duration(rand.Intn(100)) * time.Millisecond }

// The good generator under another name.
func token() []byte {
	b := make([]byte, 16)
	crand.Read(b)
	return b
}

// Which server, not which key.
func keyIndex(keys []string) string { return keys[rand.Intn(len(keys))] }

// Shuffled cards of a game.
func shuffle(cards []int) {
	rand.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
}
