package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// tap stands where a map's type keeps its hash function (abi.MapType.Hasher). The types of a program are read-only
// memory: the page is made writable first.
type tap struct {
	at       *func(unsafe.Pointer, uintptr) uintptr
	original func(unsafe.Pointer, uintptr) uintptr
	calls    int
	frames   []string // the functions on the stack of the last call, where asked for
	look     bool
}

func tapOf(m any) *tap {
	t := &tap{at: &typeOf(m).hasher}
	size := os.Getpagesize()
	page := unsafe.Add(unsafe.Pointer(t.at), -int(uintptr(unsafe.Pointer(t.at))%uintptr(size)))
	if err := syscall.Mprotect(unsafe.Slice((*byte)(page), size), syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		fmt.Fprintln(os.Stderr, "cannot write to the data of a type:", err)
		os.Exit(1)
	}
	t.original = *t.at
	return t
}

// on puts a function in the place of the type's own that counts and then calls it.
func (t *tap) on() {
	*t.at = func(key unsafe.Pointer, seed uintptr) uintptr {
		t.calls++
		if t.look {
			t.frames = functions()
		}
		return t.original(key, seed)
	}
}

func (t *tap) off() { *t.at = t.original }

// functions returns the names of the functions on the stack.
func functions() (names []string) {
	counters := make([]uintptr, 64)
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters)])
	for {
		frame, more := frames.Next()
		names = append(names, frame.Function)
		if !more {
			return names
		}
	}
}

// onStack reports whether a function whose name holds part is on the stack.
func onStack(part string, names []string) bool {
	for _, name := range names {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
