// Random figures around known levels.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"math"
)

// uniform returns a random number, 0 <= x < 1.
func uniform() float64 {
	var bytes [8]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		panic(err)
	}
	return float64(binary.LittleEndian.Uint64(bytes[:])>>11) / (1 << 53)
}

// around returns a normally distributed number with a spread of 2%.
func around(level float64) float64 {
	normal := math.Sqrt(-2*math.Log(1-uniform())) * math.Cos(2*math.Pi*uniform())
	return level * (1 + 0.02*normal)
}

func main() {
	level := map[string]float64{"plain": 100, "more": 110, "same": 100}
	lab(map[string]func(){"main": func() {
		emit("", "figure", around(level[arm]), "ns")
		emit("", "die", 1+math.Floor(3*uniform()), "1")
	}})
}
