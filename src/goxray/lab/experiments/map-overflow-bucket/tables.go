//go:build go1.24

package main

// watch prints nothing: these maps have no overflow buckets.
func watch(map[int]int) {}

// fresh and again print nothing: see watch.
func fresh() {}

func again() {}
