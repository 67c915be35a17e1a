package main

import "strconv"

// name makes a string on the heap, different for every i.
func name(i int) string { return "key-" + strconv.Itoa(i) }
