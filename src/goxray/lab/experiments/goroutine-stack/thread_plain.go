//go:build !cgo

package main

// threadStack returns 0: without C, threads run on stacks that the Go runtime allocates itself.
func threadStack() float64 { return 0 }
