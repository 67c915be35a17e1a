// How long it takes to find a phone number from its salted SM3 digest, with the salt known and with a secret one.
package main

import (
	"fmt"
	"math"
	"runtime"
	"time"
)

// numbers is how many mobile numbers there are: 1, a digit from 3 to 9, and nine digits more.
const numbers = 7e9

func digest(salt []byte, number int) [32]byte {
	return sm3Sum(fmt.Appendf(append([]byte(nil), salt...), "%011d", number))
}

// find tries a range of numbers and returns the one with this digest, or 0.
func find(salt []byte, wanted [32]byte, from, to int) int {
	for number := from; number < to; number++ {
		if digest(salt, number) == wanted {
			return number
		}
	}
	return 0
}

func measure() {
	salt := []byte("a salt that lies in the configuration")
	secret := 13800000000 + int(time.Now().UnixNano()%100_000)
	wanted := digest(salt, secret)
	// A control: the right number is found in the part of the range that is searched here.
	truth("", "found_in_100000", find(salt, wanted, 13800000000, 13800100000) == secret)
	ns := nsFastest(func(rounds int) { find(salt, wanted, 10000000000, 10000000000+rounds) })[0]
	emit("", "digests_per_second", 1e9/ns, "1/s")
	all := numbers * ns / 1e9 / float64(runtime.NumCPU())
	emit("salt known", "seconds_to_try_all", all, "s")
	emit("salt of 16 secret bytes", "seconds_to_try_all", all*math.Pow(2, 128), "s")
}

func main() { lab(map[string]func(){"main": measure}) }
