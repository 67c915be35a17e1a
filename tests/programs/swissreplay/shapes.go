package main

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

const keys = 6000

type record struct {
	n    int32
	name string
}

type bulky struct {
	name string
	rest [16]int64
}

// cells is what pointers point to; cell i holds i.
var cells [keys]int64

var (
	texts  [keys]string
	floats [keys]float64
	values [keys]any
)

func init() {
	for i := range keys {
		cells[i] = int64(i)
		texts[i] = fmt.Sprintf("%d-%s", i, strings.Repeat("x", i%37))
		floats[i] = float64(i-3) / 8
		switch i % 4 {
		case 0:
			values[i] = int64(i) + 1000
		case 1:
			values[i] = texts[i]
		case 2:
			values[i] = float64(i) / 8
		case 3:
			values[i] = record{int32(i), texts[i]}
		}
	}
	floats[2] = math.Copysign(0, -1) // equal to floats[3]
	for i := keys - 50; i < keys; i++ {
		floats[i] = math.NaN()
	}
}

func index(text string) int {
	number, _, _ := strings.Cut(text, "-")
	n, _ := strconv.Atoi(number)
	return n
}

var shapes = map[string]*shape{
	"word":    wordShape(),
	"half":    halfShape(),
	"wide":    wideShape(),
	"text":    textShape(),
	"set":     setShape(),
	"pointer": pointerShape(),
	"record":  recordShape(),
	"small":   smallShape(),
	"float":   floatShape(),
	"any":     anyShape(),
	"bigkey":  bigkeyShape(),
	"bigelem": bigelemShape(),
	"both":    bothShape(),
}

func wordShape() *shape {
	var m map[uint64]uint64
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[uint64]uint64, hint)
		},
		assign: func(i, e int) { m[uint64(i)*0x9E3779B97F4A7C15+1] = uint64(e) + 1 },
		delete: func(i int) { delete(m, uint64(i)*0x9E3779B97F4A7C15+1) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
		name:   func(k reflect.Value) int { return int((k.Uint() - 1) * 0xF1DE83E19937733D) },
	}
}

func halfShape() *shape {
	var m map[uint32]uint16
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[uint32]uint16, hint)
		},
		assign: func(i, e int) { m[uint32(i)*2654435761+7] = uint16(e) + 1 },
		delete: func(i int) { delete(m, uint32(i)*2654435761+7) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func wideShape() *shape {
	var m map[int64][5]uint64
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[int64][5]uint64, hint)
		},
		assign: func(i, e int) { m[int64(i)-300] = [5]uint64{1: uint64(e), 4: 1} },
		delete: func(i int) { delete(m, int64(i)-300) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func textShape() *shape {
	var m map[string]int64
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[string]int64, hint)
		},
		assign: func(i, e int) { m[texts[i]] = int64(e) - 50 },
		delete: func(i int) { delete(m, texts[i]) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
		name:   func(k reflect.Value) int { return index(k.String()) },
	}
}

func setShape() *shape {
	var m map[string]struct{}
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[string]struct{}, hint)
		},
		assign: func(i, e int) { m[texts[i]] = struct{}{} },
		delete: func(i int) { delete(m, texts[i]) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func pointerShape() *shape {
	var m map[*int64]*int64
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[*int64]*int64, hint)
		},
		assign: func(i, e int) { m[&cells[i]] = &cells[e] },
		delete: func(i int) { delete(m, &cells[i]) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func recordShape() *shape {
	var m map[record]string
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[record]string, hint)
		},
		assign: func(i, e int) { m[record{int32(i), texts[i]}] = texts[e] },
		delete: func(i int) { delete(m, record{int32(i), texts[i]}) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func smallShape() *shape {
	var m map[int16]byte
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[int16]byte, hint)
		},
		assign: func(i, e int) { m[int16(i-3000)] = byte(e) },
		delete: func(i int) { delete(m, int16(i-3000)) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func floatShape() *shape {
	var m map[float64]int32
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[float64]int32, hint)
		},
		assign: func(i, e int) { m[floats[i]] = int32(e) },
		delete: func(i int) { delete(m, floats[i]) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func anyShape() *shape {
	var m map[any]any
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[any]any, hint)
		},
		assign: func(i, e int) { m[values[i]] = values[e] },
		delete: func(i int) { delete(m, values[i]) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func bigkeyShape() *shape {
	var m map[[20]int64]uint16
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[[20]int64]uint16, hint)
		},
		assign: func(i, e int) { m[[20]int64{3: int64(i), 19: -1}] = uint16(e) },
		delete: func(i int) { delete(m, [20]int64{3: int64(i), 19: -1}) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
		name:   func(k reflect.Value) int { return int(k.Index(3).Int()) },
	}
}

func bigelemShape() *shape {
	var m map[uint32][17]int64
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[uint32][17]int64, hint)
		},
		assign: func(i, e int) { m[uint32(i)] = [17]int64{16: int64(e)} },
		delete: func(i int) { delete(m, uint32(i)) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}

func bothShape() *shape {
	var m map[bulky]bulky
	return &shape{
		header: func() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&m)) },
		make: func(hint int) {
			m = make(map[bulky]bulky, hint)
		},
		assign: func(i, e int) { m[bulky{name: texts[i]}] = bulky{name: texts[e], rest: [16]int64{5: 1}} },
		delete: func(i int) { delete(m, bulky{name: texts[i]}) },
		clear:  func() { clear(m) },
		value:  func() any { return m },
	}
}
