// Whether the time of a padding check tells how long the padding is.
package main

import (
	"bytes"
	"crypto/subtle"
	"sort"
)

// compared checks PKCS#7 padding as articles show it: the last n bytes against n bytes of n, in constant time.
func compared(block []byte) bool {
	n := int(block[len(block)-1])
	if n == 0 || n > 16 || n > len(block) {
		return false
	}
	return subtle.ConstantTimeCompare(block[len(block)-n:], bytes.Repeat([]byte{byte(n)}, n)) == 1
}

// masked looks at all 16 last bytes whatever the padding says.
func masked(block []byte) bool {
	n := int(block[len(block)-1])
	good := subtle.ConstantTimeLessOrEq(1, n) & subtle.ConstantTimeLessOrEq(n, 16)
	last := block[len(block)-16:]
	for i, each := range last {
		inside := subtle.ConstantTimeLessOrEq(17-n, i+1)
		equal := subtle.ConstantTimeByteEq(each, byte(n))
		good &= subtle.ConstantTimeSelect(inside, equal, 1)
	}
	return good == 1
}

func padded(n int) []byte {
	block := bytes.Repeat([]byte{7}, 64)
	copy(block[64-n:], bytes.Repeat([]byte{byte(n)}, n))
	return block
}

var right int

// ratios prints how much longer one check takes than another: the median of many short pairs, taken by turns.
func ratios(check func([]byte) bool) {
	time := func(block []byte) float64 {
		return nsPerOpShort(func(rounds int) {
			for i := 0; i < rounds; i++ {
				if check(block) {
					right++
				}
			}
		})
	}
	short, long, wrong := padded(1), padded(16), padded(16)
	wrong[63] = 0
	if !check(short) || !check(long) || check(wrong) {
		panic("the check is wrong")
	}
	pair := func(first, second []byte) float64 {
		var found []float64
		for i := 0; i < 15; i++ {
			found = append(found, time(first)/time(second))
		}
		sort.Float64s(found)
		return found[len(found)/2]
	}
	emit("16 bytes of padding to 1", "time_ratio", pair(long, short), "x")
	emit("bad padding to good", "time_ratio", pair(wrong, long), "x")
}

func main() {
	lab(map[string]func(){
		"ConstantTimeCompare": func() { ratios(compared) },
		"masked":              func() { ratios(masked) },
	})
}
