//go:build !go1.24

package main

// justGrown tells whether a map of 512 buckets has an old array.
func justGrown(m map[int]*int) bool {
	h := headerOf(m)
	return h.b == 9 && h.oldbuckets != nil
}
