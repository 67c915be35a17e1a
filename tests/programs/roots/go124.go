//go:build go1.24

package main

import (
	"runtime"
	"unsafe"
	"weak"
)

var (
	weakly   weak.Pointer[node]
	strongly *node
	cleaned  []*watched
)

func weakPointers() {
	strongly = newNode()
	weakly = weak.Make(strongly)
	say("weak handle", *(*unsafe.Pointer)(unsafe.Pointer(&weakly)), true, "weak pointers", "runtime")
}

//go:noinline
func blocks(*node) {
	<-never
}

// cleanups makes garbage whose cleanups wait behind one that never ends.
//
//go:noinline
func cleanups() {
	for i := 0; i < 200; i++ {
		p := &watched{id: i}
		arg := newNode()
		if i%100 == 0 {
			say("argument of a queued cleanup "+string(rune('0'+i/100)), unsafe.Pointer(arg), true, "about to run", "queued cleanup")
		}
		runtime.AddCleanup(p, blocks, arg)
	}
}

func lateCleanups() {
	p := &watched{}
	arg := newNode()
	say("argument of a cleanup", unsafe.Pointer(arg), true, "cleanup", "cleanup")
	runtime.AddCleanup(p, blocks, arg)
	cleaned = append(cleaned, p)
}
