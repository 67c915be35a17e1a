//go:build !go1.24

package main

// runtime.AddCleanup and package weak came with Go 1.24.
func weakPointers() {}
func cleanups()     {}
func lateCleanups() {}
