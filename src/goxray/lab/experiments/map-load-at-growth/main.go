// At which load a map grows: entries to eight places, at the moment before the insert that makes it larger.
package main

import "fmt"

var kept map[int]int

// places returns for how many entries a map's buckets or groups have room.
func places(m map[int]int) int { return 8 * bucketsOf(headerOf(m)) }

func measure() {
	m := map[int]int{}
	kept = m
	// The first write makes the first eight places.
	m[0] = 0
	size := places(m)
	for i := 1; size <= 1024; i++ {
		before := len(m)
		m[i] = i
		if now := places(m); now != size {
			emit(fmt.Sprintf("%d places", size), "entries_in_8_places", 8*float64(before)/float64(size), "1")
			size = now
		}
	}
}

func main() { lab(map[string]func(){"main": measure}) }
