//go:build go1.24

package main

// justGrown gives maps as large as those of the versions with an old array; these have none.
func justGrown(m map[int]*int) bool { return len(m) == 1665 }
