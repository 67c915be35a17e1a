//go:build cgo

package main

// #include <stdlib.h>
// static int answer(void) { return abs(-42); }
import "C"

func foreign() {
	if C.answer() != 42 {
		panic("C cannot count")
	}
}
