// Whether the time of a padding check tells how long the padding is.
package main

import (
	"bytes"
	"crypto/subtle"
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

// ratios prints how much longer one check takes than another.
func ratios(check func([]byte) bool) {
	checking := func(block []byte) func(int) {
		return func(rounds int) {
			for i := 0; i < rounds; i++ {
				if check(block) {
					right++
				}
			}
		}
	}
	short, long, wrong := padded(1), padded(16), padded(16)
	wrong[63] = 0
	if !check(short) || !check(long) || check(wrong) {
		panic("the check is wrong")
	}
	took := nsFastest(checking(short), checking(long), checking(wrong))
	emit("16 bytes of padding to 1", "time_ratio", took[1]/took[0], "x")
	emit("bad padding to good", "time_ratio", took[2]/took[1], "x")
}

func main() {
	lab(map[string]func(){
		"ConstantTimeCompare": func() { ratios(compared) },
		"masked":              func() { ratios(masked) },
	})
}
