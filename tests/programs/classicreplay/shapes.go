package main

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

const (
	tableKeys  = 6000
	manyKeys   = 300_000
	tableElems = 251
)

type point struct{ x, y int32 }

type named struct {
	number int32
	name   string
}

type bigNamed struct {
	number int64
	name   string
	more   [16]int64
}

type celsius int64

func (c celsius) String() string { return fmt.Sprint(int64(c)) }

type title string

func (t title) String() string { return string(t) }

// cells is what pointers point to.
var cells [tableKeys]int64

// floating has NaNs, and zeros of both signs.
func floating(i int) float64 {
	switch {
	case i >= tableKeys-1000:
		return math.NaN()
	case i == 7:
		return math.Copysign(0, -1)
	}
	return float64(max(0, i-8)) / 3
}

func anything(i int) any {
	switch i % 5 {
	case 0:
		return int64(i) + 1000
	case 1:
		return fmt.Sprint("any ", i)
	case 2:
		return float64(i) + 0.5
	case 3:
		return point{int32(i), 7}
	}
	return &cells[i]
}

func stringer(i int) fmt.Stringer {
	if i%2 == 0 {
		return celsius(i + 1000)
	}
	return title(fmt.Sprint("title ", i))
}

func made[T any](count int, one func(int) T) []T {
	all := make([]T, count)
	for i := range all {
		all[i] = one(i)
	}
	return all
}

func subjects() map[string]*subject {
	return map[string]*subject{
		"int64-int64":       int64Int64(),
		"uint32-uint16":     uint32Uint16(),
		"int32-pointer":     int32Pointer(),
		"string-int64":      stringInt64(),
		"string-nothing":    stringNothing(),
		"pointer-string":    pointerString(),
		"point-string":      pointString(),
		"float64-int64":     float64Int64(),
		"any-int64":         anyInt64(),
		"stringer-int64":    stringerInt64(),
		"named-pointer":     namedPointer(),
		"big-int64":         bigInt64(),
		"int64-big":         int64Big(),
		"bignamed-bignamed": bignamedBignamed(),
		"int16-nothing":     int16Nothing(),
		"complex128-bool":   complex128Bool(),
		"names-byte":        namesByte(),
	}
}

func int64Int64() *subject {
	keys := made(manyKeys, func(i int) int64 { return int64(i)*7919 - 5000 })
	elems := made(tableElems, func(j int) int64 { return int64(j) })
	var m map[int64]int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[int64]int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
		value:  func() any { return m },
		number: func(elem any) int { return int(elem.(int64)) },
	}
}

func uint32Uint16() *subject {
	keys := made(tableKeys, func(i int) uint32 { return uint32(i) * 2654435761 })
	elems := made(tableElems, func(j int) uint16 { return uint16(j) + 1 })
	var m map[uint32]uint16
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[uint32]uint16, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func int32Pointer() *subject {
	keys := made(tableKeys, func(i int) int32 { return int32(i) - 300 })
	elems := made(tableElems, func(j int) *int64 { return &cells[j] })
	var m map[int32]*int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[int32]*int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func stringInt64() *subject {
	keys := made(tableKeys, func(i int) string { return fmt.Sprintf("key %d %s", i, strings.Repeat("x", i%40)) })
	elems := made(tableElems, func(j int) int64 { return int64(j) })
	var m map[string]int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[string]int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
		value:  func() any { return m },
		number: func(elem any) int { return int(elem.(int64)) },
	}
}

func stringNothing() *subject {
	keys := made(tableKeys, func(i int) string { return fmt.Sprint("k", i) })
	elems := made(tableElems, func(j int) struct{} { return struct{}{} })
	var m map[string]struct{}
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[string]struct{}, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func pointerString() *subject {
	keys := made(tableKeys, func(i int) *int64 { return &cells[i] })
	elems := made(tableElems, func(j int) string { return fmt.Sprint("elem ", j) })
	var m map[*int64]string
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[*int64]string, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func pointString() *subject {
	keys := made(tableKeys, func(i int) point { return point{int32(i), int32(-i)} })
	elems := made(tableElems, func(j int) string { return fmt.Sprint("elem ", j) })
	var m map[point]string
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[point]string, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func float64Int64() *subject {
	keys := made(tableKeys, func(i int) float64 { return floating(i) })
	elems := made(tableElems, func(j int) int64 { return int64(j) })
	var m map[float64]int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[float64]int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
		value:  func() any { return m },
		number: func(elem any) int { return int(elem.(int64)) },
	}
}

func anyInt64() *subject {
	keys := made(tableKeys, func(i int) any { return anything(i) })
	elems := made(tableElems, func(j int) int64 { return int64(j) })
	var m map[any]int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[any]int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
		value:  func() any { return m },
		number: func(elem any) int { return int(elem.(int64)) },
	}
}

func stringerInt64() *subject {
	keys := made(tableKeys, func(i int) fmt.Stringer { return stringer(i) })
	elems := made(tableElems, func(j int) int64 { return int64(j) })
	var m map[fmt.Stringer]int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[fmt.Stringer]int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
		value:  func() any { return m },
		number: func(elem any) int { return int(elem.(int64)) },
	}
}

func namedPointer() *subject {
	keys := made(tableKeys, func(i int) named { return named{int32(i), fmt.Sprint("name ", i)} })
	elems := made(tableElems, func(j int) *int64 { return &cells[j] })
	var m map[named]*int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[named]*int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func bigInt64() *subject {
	keys := made(tableKeys, func(i int) [20]int64 { return [20]int64{3: int64(i)} })
	elems := made(tableElems, func(j int) int64 { return int64(j) })
	var m map[[20]int64]int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[[20]int64]int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func int64Big() *subject {
	keys := made(tableKeys, func(i int) int64 { return int64(i) << 20 })
	elems := made(tableElems, func(j int) [17]int64 { return [17]int64{int64(j), 16: 1} })
	var m map[int64][17]int64
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[int64][17]int64, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func bignamedBignamed() *subject {
	keys := made(tableKeys, func(i int) bigNamed { return bigNamed{number: int64(i), name: fmt.Sprint("big ", i)} })
	elems := made(tableElems, func(j int) bigNamed { return bigNamed{number: int64(j), name: fmt.Sprint("elem ", j)} })
	var m map[bigNamed]bigNamed
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[bigNamed]bigNamed, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func int16Nothing() *subject {
	keys := made(tableKeys, func(i int) int16 { return int16(i) })
	elems := made(tableElems, func(j int) struct{} { return struct{}{} })
	var m map[int16]struct{}
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[int16]struct{}, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func complex128Bool() *subject {
	keys := made(tableKeys, func(i int) complex128 { return complex(float64(i), -float64(i)) })
	elems := made(tableElems, func(j int) bool { return j%2 == 0 })
	var m map[complex128]bool
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[complex128]bool, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}

func namesByte() *subject {
	keys := made(tableKeys, func(i int) [2]string { return [2]string{fmt.Sprint("first ", i), fmt.Sprint("second ", i)} })
	elems := made(tableElems, func(j int) byte { return byte(j) })
	var m map[[2]string]byte
	return &subject{
		keys: tableOf(keys), elems: tableOf(elems),
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		remake: func(hint int) { m = make(map[[2]string]byte, hint) },
		assign: func(key, elem int) { m[keys[key]] = elems[elem] },
		remove: func(key int) { delete(m, keys[key]) },
		clear:  func() { clear(m) },
		touch: func() {
			for range m {
				break
			}
		},
	}
}
