package main

import "time"

// nsPerOpShort returns the nanoseconds of a round of f over 20,000 rounds.
func nsPerOpShort(f func(rounds int)) float64 {
	const rounds = 20_000
	start := time.Now()
	f(rounds)
	return float64(time.Since(start).Nanoseconds()) / rounds
}
