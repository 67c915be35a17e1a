// Whether a map's header moves, with and without an unsafe.Pointer to it.
package main

import (
	"runtime"
	"unsafe"
)

var kept any

// use keeps a map's work from being dropped by the compiler.
var use int

// deep needs more stack than a new goroutine has, so that the stack is copied to a larger one.
//
//go:noinline
func deep(levels int) int {
	var frame [1024]byte
	frame[levels%len(frame)] = 1
	if levels == 0 {
		return int(frame[0])
	}
	return deep(levels-1) + int(frame[levels%len(frame)])
}

// address returns where the header of a map is.
func address(m *map[int]int) uintptr {
	return uintptr(*(*unsafe.Pointer)(unsafe.Pointer(m)))
}

// heapMoves tells whether the header of an escaping map moves while the map grows, collections run and the stack grows.
func heapMoves(pinned bool) (moved bool) {
	m := make(map[int]int)
	kept = m
	before := address(&m)
	var pin unsafe.Pointer
	if pinned {
		pin = *(*unsafe.Pointer)(unsafe.Pointer(&m))
	}
	for i := 0; i < 20000; i++ {
		m[i] = i
	}
	runtime.GC()
	runtime.GC()
	use += deep(200)
	moved = address(&m) != before
	runtime.KeepAlive(pin)
	return moved
}

// stackMoves does the same with a map that stays in this function.
func stackMoves(pinned bool) (moved bool) {
	m := make(map[int]int)
	before := address(&m)
	var pin unsafe.Pointer
	if pinned {
		pin = *(*unsafe.Pointer)(unsafe.Pointer(&m))
	}
	for i := 0; i < 4; i++ {
		m[i] = i
	}
	use += deep(200)
	moved = address(&m) != before
	if pin != nil {
		use += int(uintptr(pin) & 1)
	}
	use += m[2]
	return moved
}

// fresh runs f on a new goroutine, whose stack is small.
func fresh(f func(bool) bool, pinned bool) bool {
	answer := make(chan bool)
	go func() { answer <- f(pinned) }()
	return <-answer
}

func measure() {
	for _, each := range []struct {
		where string
		moves func(bool) bool
	}{{"on the heap", heapMoves}, {"on the stack", stackMoves}} {
		without, with := fresh(each.moves, false), fresh(each.moves, true)
		truth(each.where, "moves_without", without)
		truth(each.where, "moves_with", with)
		truth(each.where, "pointer_pins_it", without && !with)
	}
}

func main() { lab(map[string]func(){"main": measure}) }
