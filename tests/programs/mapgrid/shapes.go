package main

import (
	"fmt"
	"strconv"
)

func (p point) String() string { return fmt.Sprintf("%d,%d", p.X, p.Y) }

func (n number32) String() string { return strconv.Itoa(int(n)) }

// shapes is every map type of the grid; tests/oracle knows each by its Go expression.
var shapes = map[string]shape{
	"int64-int64":     of[int64, int64](func(n int) int64 { return int64(n) }),
	"int32-int32":     of[int32, int32](func(n int) int32 { return int32(n) }),
	"uint8-bool":      of[uint8, bool](func(n int) uint8 { return uint8(n) }),
	"uint16-uint8":    of[uint16, uint8](func(n int) uint16 { return uint16(n) }),
	"string-int":      of[string, int](text),
	"string-string":   of[string, string](text),
	"string-pointer":  of[string, *thing](text),
	"string-any":      of[string, any](text),
	"int-nothing":     of[int, struct{}](same),
	"string-nothing":  of[string, struct{}](text),
	"bytes16-int":     of[[16]byte, int](func(n int) (k [16]byte) { copy(k[:], text(n)); return k }),
	"padded-int16":    of[padded, int16](func(n int) padded { return padded{A: int8(n), B: int32(n), C: 1, D: 7} }),
	"pair-bool":       of[pair, bool](func(n int) pair { return pair{text(n), int32(n)} }),
	"float64-int":     of[float64, int](func(n int) float64 { return float64(n) / 4 }),
	"any-int":         of[any, int](mixed),
	"stringer-int32":  of[fmt.Stringer, int32](stringer),
	"int-big":         of[int, [129]byte](same),
	"int-bigpointers": of[int, [20]*int](same),
	"big-int":         of[[130]byte, int](func(n int) (k [130]byte) { copy(k[100:], text(n)); return k }),
	"bigstrings-big":  of[[9]string, [200]byte](func(n int) (k [9]string) { k[3] = text(n); return k }),
	"int-largest":     of[int, [128]byte](same),
	"int-bytes":       of[int, []byte](same),
	"strings3-int5":   of[[3]string, [5]int](func(n int) [3]string { return [3]string{"a", text(n), "b"} }),
	"pointer-int":     of[*int, int](func(n int) *int { return &numbered[n] }),
	"complex-map":     of[complex128, map[string]int](func(n int) complex128 { return complex(float64(n), 1) }),
}

// numbered gives pointers to each of many variables.
var numbered [1 << 17]int

func same(n int) int    { return n }
func text(n int) string { return "key-" + strconv.Itoa(n) }

func mixed(n int) any {
	switch n % 4 {
	case 0:
		return n
	case 1:
		return text(n)
	case 2:
		return float64(n)
	}
	return [2]int32{int32(n), 5}
}

func stringer(n int) fmt.Stringer {
	if n%2 == 0 {
		return point{int16(n), int16(n >> 16)}
	}
	return number32(n)
}
