//go:build !go1.24

package main

// makeNewer makes nothing: cleanups and weak pointers came with Go 1.24.
func makeNewer() {}
