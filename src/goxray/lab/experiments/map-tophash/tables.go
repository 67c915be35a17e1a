//go:build go1.24

package main

import "unsafe"

// seed returns the seed of internal/runtime/maps.Map.
func seed(m map[int]int) uintptr { return *(*uintptr)(unsafe.Add(headerOf(m), 8)) }

// chains prints nothing: a full group leads to the next one of its table, there is no pointer to follow.
func chains() {}
