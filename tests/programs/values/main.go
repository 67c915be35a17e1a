// Command values holds maps whose keys and elems are hard to spell, and types whose GC masks it prints.
//
// It prints one line of JSON, {"pid":..., "keys": {address of a map: [its key, its elem] as they must be spelled},
// "hundred": address of a map of a hundred keys that are the negatives of their elems, "masks": {address of a type:
// [indexes of its pointer words]}}, and waits for the end of its input.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

type point struct{ X, Y int32 }

type (
	level3 struct{ P point }
	level2 struct{ L level3 }
	level1 struct{ L level2 }
	inner  struct {
		Name string
		L    level1
	}
)

type wide struct{ A, B, C, D, E, F, G, H, I, J int8 }

type stringer interface{ String() string }

type named float32

func (n named) String() string { return "named" }

type one struct{ P *point }

var shared = &point{7, 8}

var kept []any

var keys = map[uint64][2]string{}

// expect says how the one entry of a map must be spelled.
func expect[K comparable, V any](m map[K]V, key, elem string) {
	kept = append(kept, m)
	keys[uint64(*(*uintptr)(unsafe.Pointer(&m)))] = [2]string{key, elem}
}

var masks = map[uint64][]int{}

// flat is the beginning of internal/abi.Type, unchanged since Go 1.4.
type flat struct {
	size, ptrBytes uintptr
	hash           uint32
	flags          [4]uint8
	equal          func(unsafe.Pointer, unsafe.Pointer) bool
	gcData         *byte
}

// mask takes the pointer words of a type from what the runtime gives its collector.
func mask(v any) {
	kept = append(kept, v)
	t := reflect.TypeOf(v)
	raw := *(**flat)(unsafe.Add(unsafe.Pointer(&t), unsafe.Sizeof(uintptr(0))))
	words := []int{}
	for i := 0; uintptr(i) < raw.ptrBytes/8; i++ {
		if *(*byte)(unsafe.Add(unsafe.Pointer(raw.gcData), i/8))>>(i%8)&1 != 0 {
			words = append(words, i)
		}
	}
	masks[uint64(uintptr(unsafe.Pointer(raw)))] = words
}

func at(p unsafe.Pointer) string { return fmt.Sprintf("%#x", uintptr(p)) }

// cut spells a string of which only the beginning is shown.
func cut(s string, shown int) string {
	return fmt.Sprintf("%s… (%d bytes)", strconv.Quote(s[:shown]), len(s))
}

func quoted(key, elem string) {
	expect(map[string]string{key: elem}, strconv.Quote(key), strconv.Quote(elem))
}

func numbers() {
	expect(map[int64]uint8{math.MinInt64: 255}, "-9223372036854775808", "255")
	expect(map[uint64]int16{math.MaxUint64: -2}, "18446744073709551615", "-2")
	expect(map[bool]uintptr{true: 12}, "true", "12")
	expect(map[float64]float32{math.NaN(): 0.1}, "NaN", "0.1")
	expect(map[float64]float64{math.Inf(1): math.Inf(-1)}, "+Inf", "-Inf")
	expect(map[float32]float64{-2.5: 1e100}, "-2.5", "1e+100")
	expect(map[complex128]complex64{1 + 2i: 0.5 - 4i}, "(1+2i)", "(0.5-4i)")
}

func texts() {
	quoted("", "plain")
	quoted("say \"hi\"\\\n", "a\x00b\x01\t\x7f\x1b[31m")
	quoted("\xff\xfe", "é 世界 \u202e\u2028\U0001f600")
	long, accents, odd := strings.Repeat("x", 1000), strings.Repeat("é", 200), "x"+strings.Repeat("é", 200)
	expect(map[string]string{long: accents}, cut(long, 120), cut(accents, 120))
	expect(map[string]int{odd: 1}, cut(odd, 120), "1")
}

func compounds() {
	expect(map[point]inner{{1, -2}: {Name: "n"}},
		"main.point{X: 1, Y: -2}", `main.inner{Name: "n", L: main.level1{L: main.level2{L: main.level3{…}}}}`)
	expect(map[int]wide{1: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		"1", "main.wide{A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, …}")
	expect(map[[3]bool][12]int16{{true, false, true}: {1, 2, 3}},
		"[3]bool{true, false, true}", "[12]int16{1, 2, 3, 0, 0, 0, 0, 0, …}")
	expect(map[struct{}][0]int{{}: {}}, "struct {}{}", "[0]int{}")
	expect(map[[40]int32]string{{1: 9}: "large key"}, "[40]int32{0, 9, 0, 0, 0, 0, 0, 0, …}", `"large key"`)
	expect(map[string][20]float64{"v": {1.5}}, `"v"`, "[20]float64{1.5, 0, 0, 0, 0, 0, 0, 0, …}")
}

func references() {
	shared := &point{7, 8}
	channel := make(chan int)
	pointer := "*main.point(" + at(unsafe.Pointer(shared)) + ")"
	expect(map[any]any{point{3, 4}: nil}, "main.point{X: 3, Y: 4}", "nil")
	expect(map[any]any{"k": 42}, `string("k")`, "int(42)")
	expect(map[stringer]error{named(1.5): nil}, "main.named(1.5)", "nil")
	expect(map[any]stringer{one{shared}: time.Duration(5)}, "main.one{P: "+pointer+"}", "time.Duration(5)")
	expect(map[*point]map[string]int{nil: nil}, "nil", "nil")
	expect(map[*point]chan int{shared: channel}, pointer, "chan int("+at(*(*unsafe.Pointer)(unsafe.Pointer(&channel)))+")")
	expect(map[int][]string{3: {"a", "b"}}, "3", "[]string(len 2)")
	expect(map[int]func(){1: nil}, "1", "nil")
}

func hundred() uint64 {
	m := map[int]int{}
	for i := 0; i < 100; i++ {
		m[i] = -i
	}
	kept = append(kept, m)
	return uint64(*(*uintptr)(unsafe.Pointer(&m)))
}

func main() {
	numbers()
	texts()
	compounds()
	references()
	mask(struct {
		A int
		B *int
		C string
		D []string
		E any
		F error
		G map[int]int
	}{})
	mask([5]struct {
		A int32
		B [3]*int
		C func()
	}{})
	mask(struct {
		A [2]any
		B [0]*int
		C chan int
		D unsafe.Pointer
		E uintptr
		F struct {
			G byte
			H struct{ I *byte }
		}
	}{})
	mask([9]int{})
	mask(strings.Builder{})
	mask(reflect.Value{})
	mask(time.Time{})
	mask([...]any{1: nil})
	json.NewEncoder(os.Stdout).Encode(map[string]any{"pid": os.Getpid(), "keys": keys, "masks": masks, "hundred": hundred()})
	io.Copy(io.Discard, os.Stdin)
}
