//go:build go1.24

package main

// chains prints nothing: a full group leads to the next one of its table, there is no pointer to follow.
func chains() {}
