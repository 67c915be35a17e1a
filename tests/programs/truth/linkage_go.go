//go:build !cgo

package main

// linkage says how the program is linked.
const linkage = "go"
