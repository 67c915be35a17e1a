package main

import "reflect"

type marked interface{ Mark() }

type markedInt int
type markedText string
type markedPair struct {
	A int32
	B string
}
type markedPointer struct{ p *int }

func (markedInt) Mark()     {}
func (markedText) Mark()    {}
func (markedPair) Mark()    {}
func (markedPointer) Mark() {}

type tight struct{ a, b int32 }
type padded struct {
	a int8
	b int64
	c int16
}
type blanks struct {
	a int32
	_ int32
	b int64
	_ [3]byte
	c uint8
}
type blankEnd struct {
	a int32
	_ int32
}
type onlyBlank struct{ _ int32 }
type blankWord struct {
	a int64
	_ string
}
type mixed struct {
	a int32
	b uint32
	s string
	e any
	f marked
	x float32
	y float64
}
type runs struct {
	a    int8
	b    int8
	s    string
	c, d int16
	e    [3]int32
	t    string
	u    uint64
}
type nested struct {
	a int32
	b struct {
		c int32
		d float64
	}
	e tight
	f int16
}
type emptyFields struct {
	a struct{}
	s string
	b [0]int
	n int32
	z struct{}
}
type oneString struct{ s string }
type oneFloat struct{ f float64 }
type oneArray struct{ a [2]string }
type arrays struct {
	h uint16
	a [5]string
	b [3]tight
	c [9]float32
	d [2]padded
	e [7]struct {
		x int32
		_ int32
	}
	f [1]string
	g [0]string
	m [40]int64
}
type wide struct {
	head [20]byte
	s    string
	tail [150]byte
}
type paddedTail struct {
	s string
	a int64
	b int8
}
type insideOut struct {
	a padded
	b padded
	c int8
}
type anyBox struct{ v any }
type markedBox struct{ v marked }
type pointerBox struct{ p *int }

// keyTypes are maps whose hashers are asked; the compiler makes a hasher for each of them.
var keyTypes = []any{
	map[struct{}]bool{}, map[[0]string]bool{},
	map[bool]bool{}, map[int16]bool{}, map[int32]bool{}, map[uint64]bool{}, map[*int]bool{}, map[chan int]bool{},
	map[string]bool{}, map[float32]bool{}, map[float64]bool{}, map[complex64]bool{}, map[complex128]bool{},
	map[any]bool{}, map[marked]bool{},
	map[[3]byte]bool{}, map[[4]byte]bool{}, map[[5]byte]bool{}, map[[8]byte]bool{}, map[[12]byte]bool{},
	map[[15]byte]bool{}, map[[16]byte]bool{}, map[[17]byte]bool{}, map[[32]byte]bool{}, map[[33]byte]bool{},
	map[[48]byte]bool{}, map[[49]byte]bool{}, map[[64]byte]bool{}, map[[65]byte]bool{}, map[[97]byte]bool{},
	map[[128]byte]bool{}, map[[129]byte]bool{}, map[[200]byte]bool{}, map[[256]byte]bool{}, map[[257]byte]bool{},
	map[[700]byte]bool{},
	map[[2]string]bool{}, map[[3]string]bool{}, map[[4]string]bool{}, map[[6]string]bool{}, map[[1]string]bool{},
	map[[9]float32]bool{}, map[[2]float64]bool{}, map[[3]complex64]bool{}, map[[3]any]bool{}, map[[2]marked]bool{},
	map[[5]tight]bool{}, map[[5]padded]bool{}, map[[2][3]string]bool{}, map[[11]blanks]bool{}, map[[3]onlyBlank]bool{},
	map[tight]bool{}, map[padded]bool{}, map[blanks]bool{}, map[blankEnd]bool{}, map[onlyBlank]bool{},
	map[blankWord]bool{}, map[mixed]bool{}, map[runs]bool{}, map[nested]bool{}, map[emptyFields]bool{},
	map[oneString]bool{}, map[oneFloat]bool{}, map[oneArray]bool{}, map[arrays]bool{}, map[wide]bool{},
	map[paddedTail]bool{}, map[insideOut]bool{}, map[anyBox]bool{}, map[markedBox]bool{}, map[pointerBox]bool{},
}

// madeTypes are maps that the compiler has not seen, so that reflect makes their hashers.
var madeTypes = []reflect.Type{
	reflect.MapOf(reflect.TypeOf(mixed{}), reflect.TypeOf(int8(0))),
	reflect.MapOf(reflect.TypeOf(runs{}), reflect.TypeOf(int8(0))),
	reflect.MapOf(reflect.TypeOf(blanks{}), reflect.TypeOf(int8(0))),
	reflect.MapOf(reflect.TypeOf(arrays{}), reflect.TypeOf(int8(0))),
	reflect.MapOf(reflect.TypeOf(struct{}{}), reflect.TypeOf(int8(0))),
	reflect.MapOf(reflect.TypeOf([16]byte{}), reflect.TypeOf(int8(0))),
}

var number = 7

// heldValues are what interfaces hold; direct ones (pointers and what wraps one pointer) and indirect ones.
var heldValues = []any{
	nil, true, int8(-3), int16(300), int32(-70000), 12345, uint64(1) << 63, "", "short", string(make([]byte, 40)),
	float32(1.5), 0.0, -1e300, complex64(1 + 2i), complex(3, -4), &number, make(chan int), struct{}{}, [0]string{},
	[3]byte{1, 2, 3}, [2]string{"a", "bcdefgh"}, tight{1, 2}, padded{a: 1, b: 2, c: 3}, blanks{a: 5}, runs{s: "x", t: "yy"},
	pointerBox{&number}, [1]*int{&number}, anyBox{"inner"}, anyBox{anyBox{7}}, anyBox{&number}, markedBox{markedInt(9)},
	markedText("marked"), oneString{"one"}, arrays{h: 1, a: [5]string{"p", "q", "r", "s", "t"}}, [300]byte{299: 1},
}

var markedValues = []marked{
	nil, markedInt(4), markedText("text"), &markedPair{1, "p"}, markedPair{2, "q"}, markedPointer{&number},
}
