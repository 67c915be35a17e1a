//go:build !go1.24

package main

// reachCleanup does nothing: runtime.AddCleanup came with Go 1.24.
func reachCleanup() {}
