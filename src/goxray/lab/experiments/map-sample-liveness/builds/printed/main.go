// The article's sample as it stands: two maps between two collections, which nothing uses.
package main

import "runtime"

func main() {
	runtime.GC()
	var m = make(map[int]int)
	var m2 = make(map[int]int, 1024)
	runtime.GC()
}
