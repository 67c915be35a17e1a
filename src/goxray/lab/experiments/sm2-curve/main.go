// SM2's recommended curve (GB/T 32918.5-2017) beside P-256: are they one?
package main

import (
	"crypto/elliptic"
	"math/big"
)

func number(hex string) *big.Int {
	value, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic(hex)
	}
	return value
}

// curve is y^2 = x^3 + a x + b over p, with a = p - 3 for both.
type curve struct{ p, a, b, n, x, y *big.Int }

// holds tells whether a point lies on it.
func (c curve) holds(x, y *big.Int) bool {
	left := new(big.Int).Exp(y, big.NewInt(2), c.p)
	right := new(big.Int).Exp(x, big.NewInt(3), c.p)
	right.Add(right, new(big.Int).Mul(c.a, x)).Add(right, c.b).Mod(right, c.p)
	return left.Cmp(right) == 0
}

func measure() {
	sm2 := curve{
		p: number("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF"),
		a: number("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"),
		b: number("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"),
		n: number("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"),
		x: number("32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"),
		y: number("BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"),
	}
	params := elliptic.P256().Params()
	a := new(big.Int).Sub(params.P, big.NewInt(3))
	p256 := curve{params.P, a, params.B, params.N, params.Gx, params.Gy}
	// A control: each curve holds its own base point, so the numbers are right.
	truth("own base points", "on_curve", sm2.holds(sm2.x, sm2.y) && p256.holds(p256.x, p256.y))
	truth("SM2's base point on P-256", "on_curve", p256.holds(sm2.x, sm2.y))
	same := 0
	for _, each := range [][2]*big.Int{{sm2.p, p256.p}, {sm2.b, p256.b}, {sm2.n, p256.n}, {sm2.x, p256.x}, {sm2.y, p256.y}} {
		if each[0].Cmp(each[1]) == 0 {
			same++
		}
	}
	emit("", "equal_parameters_of_5", float64(same), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
