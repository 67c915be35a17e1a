//go:build !go1.23

package main

// makeUnique makes nothing: package unique came with Go 1.23.
func makeUnique() {}
