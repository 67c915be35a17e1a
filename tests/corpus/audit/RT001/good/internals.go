package main

import (
	"runtime"
	_ "unsafe"
)

// A linkname that concerns no map.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

// Three names that the runtime uses too.
type header struct {
	count int
	flags uint8
	B     uint8
	name  string
}

// The main thread is kept for good.
func main() {
	runtime.LockOSThread()
	println(nanotime(), header{}.name)
}
