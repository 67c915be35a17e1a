//go:build cgo

package main

// static int linked(int n) { return n + 1; }
import "C"

// linkage says how the program is linked; calling C makes the system's linker do it.
var linkage = [...]string{"none", "cgo"}[C.linked(0)]
