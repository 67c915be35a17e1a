package main

import (
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// The set "stacks": maps that only a parked goroutine holds, and maps whose header sits on its stack.

// park is never sent to.
var park = make(chan map[string]int)

// started tells that a goroutine is about to park.
var started = make(chan string)

func makeStacks() {
	for _, f := range []func(){
		holdInFrame, holdDeferred, holdCallerFrame, holdBlockedSend, holdIterator, holdArgument, holdClosureArgument,
		holdNumber, holdHashedNumber, holdNumberBehindPointer,
	} {
		go f()
		<-started
	}
	for _, s := range []struct {
		label string
		typ   reflect.Type
		f     func(chan uintptr)
	}{
		{"holdSmallHeader", reflect.TypeOf(map[int]int{}), holdSmallHeader},
		{"holdEmptyHeader", reflect.TypeOf(map[string]int{}), holdEmptyHeader},
		{"holdGrownHeader", reflect.TypeOf(map[int]int{}), holdGrownHeader},
	} {
		ask := make(chan uintptr)
		go s.f(ask)
		id := <-started
		where := func() uintptr { return settled(ask) }
		e := addTyped("header on the stack: "+s.label, where(), s.typ).contains("goroutine "+id, "main."+s.label)
		e.onStack, e.where = true, where
	}
	time.Sleep(20 * time.Millisecond) // all are parked now
}

// settled asks a goroutine where its header is until two answers agree: answering may move the stack.
func settled(ask chan uintptr) uintptr {
	for last := uintptr(0); ; {
		ask <- 0
		at := <-ask
		if at == last {
			return at
		}
		last = at
	}
}

func goroutine() string {
	buf := make([]byte, 64)
	buf = buf[:runtime.Stack(buf, false)]
	return strings.Fields(string(buf))[1]
}

// parked registers a map that only the calling goroutine's stack holds.
func parked[M ~map[K]V, K comparable, V any](function string, m M) {
	id := goroutine()
	add("held by a goroutine: "+function, m).contains("goroutine "+id, "main."+function)
	started <- id
}

//go:noinline
func holdInFrame() {
	m := map[string]int{"frame": 1}
	grow(m)
	parked("holdInFrame", m)
	<-park
	sink(m)
}

//go:noinline
func holdDeferred() {
	m := map[int]string{1: "deferred"}
	defer func() { sink(m) }()
	parked("holdDeferred", m)
	<-park
}

//go:noinline
func holdCallerFrame() {
	m := map[int32]bool{7: true}
	waitInside(m)
	sink(m)
}

//go:noinline
func waitInside(m map[int32]bool) {
	id := goroutine()
	add("held by a caller's frame", m).contains("goroutine "+id, "main.")
	started <- id
	<-park
	if len(m) > 100 {
		sink(m)
	}
}

//go:noinline
func holdBlockedSend() {
	m := counted(13)
	parked("holdBlockedSend", m)
	blocked <- m
}

var blocked = make(chan map[string]int)

// holdIterator stands in the middle of a range while its map has grown: old buckets then stay linked.
//
//go:noinline
func holdIterator() {
	m := map[string]*int{}
	escape(m)
	insert(m, 0, 200, name, zero[*int])
	n := 0
	for range m {
		if n++; n == 20 {
			insertUntil(m, 200, halfMoved, name)
			id := goroutine()
			add("held by an iterator", m).contains("goroutine " + id)
			started <- id
			<-park
		}
	}
}

//go:noinline
func holdArgument() {
	m := map[uint8]uint8{1: 2, 3: 4}
	id := goroutine()
	add("argument of a go statement", m).contains("goroutine ", "main.").untyped()
	go waitArgument(m, id)
}

//go:noinline
func waitArgument(m map[uint8]uint8, id string) {
	started <- id
	<-park
	sink(m)
}

//go:noinline
func holdClosureArgument() {
	m := map[uint16]string{1: "a", 2: "b"}
	add("captured by a goroutine's function", m).contains("goroutine ", "main.holdClosureArgument").captured()
	go func() {
		started <- ""
		<-park
		sink(m)
	}()
}

// Numbers in frames that equal the addresses of maps of other types than the function's own, as words are that calls
// before have left: these maps and the function's differ in where their buckets or groups have pointers, in what
// their keys hash to, and the third is found through an object as large as the function's own.

//go:noinline
func holdNumber() {
	m := map[int]string{1: "its own"}
	numbers := [1]uintptr{headerOf(dropped("a number's, of other pointers"))}
	parked("holdNumber", m)
	<-park
	sink(m)
	started <- strconv.Itoa(total(&numbers))
}

// handle has the size and the pointer words of a string.
type handle struct {
	p *int
	n int
}

//go:noinline
func holdHashedNumber() {
	m := map[handle]int{{n: 1}: 1}
	numbers := [1]uintptr{headerOf(dropped("a number's, of other hashes"))}
	parked("holdHashedNumber", m)
	<-park
	sink(m)
	started <- strconv.Itoa(total(&numbers))
}

type keeper struct {
	n int
	m map[int]string
}

type otherKeeper struct {
	n int
	m map[string]int
}

//go:noinline
func holdNumberBehindPointer() {
	k, other := &keeper{m: map[int]string{1: "behind"}}, &otherKeeper{m: dropped("behind a number")}
	escape(k)
	escape(other)
	numbers := [1]uintptr{uintptr(unsafe.Pointer(other))}
	parked("holdNumberBehindPointer", k.m)
	<-park
	sink(k)
	started <- strconv.Itoa(total(&numbers))
}

// dropped makes a map that nothing will hold.
//
//go:noinline
func dropped(label string) map[string]int {
	m := counted(8)
	add(label, m).untyped().mortal()
	return m
}

//go:noinline
func total(numbers *[1]uintptr) int { return int(numbers[0]) }

//go:noinline
func sink(v any) { sunk = v }

var sunk any

// grow makes the map escape and larger than one bucket or group.
//
//go:noinline
func grow(m map[string]int) {
	for i := 0; i < 20; i++ {
		m[name(i)] = i
	}
	if len(m) > 1000 {
		sunk = m
	}
}

// escape makes the map live on the heap.
//
//go:noinline
func escape(v any) {
	sunk = v
	sunk = nil
}

// addressOf tells where the header is without letting the map escape to the heap.
func addressOf[K comparable, V any](m *map[K]V) uintptr { return *(*uintptr)(unsafe.Pointer(m)) }

//go:noinline
func holdSmallHeader(ask chan uintptr) {
	m := make(map[int]int)
	m[1], m[2], m[3] = 10, 20, 30
	delete(m, 2)
	started <- goroutine()
	for range ask {
		ask <- addressOf(&m)
	}
	started <- strconv.Itoa(m[1])
}

//go:noinline
func holdEmptyHeader(ask chan uintptr) {
	m := make(map[string]int)
	started <- goroutine()
	for range ask {
		ask <- addressOf(&m)
	}
	m["late"] = 1
	started <- strconv.Itoa(len(m))
}

//go:noinline
func holdGrownHeader(ask chan uintptr) {
	m := make(map[int]int)
	for i := 0; i < 100; i++ {
		m[i] = i
	}
	started <- goroutine()
	for range ask {
		ask <- addressOf(&m)
	}
	started <- strconv.Itoa(m[1])
}
