// What an empty map takes before its first write, on the heap and on the stack, and when its array comes.
package main

import "fmt"

var kept any

// counts returns how many bytes and objects have been allocated until now.
func counts() (bytes, objects uint64) {
	stats := memStats()
	return stats.TotalAlloc, stats.Mallocs
}

// onHeap makes an empty map that escapes and writes to it.
func onHeap() {
	const where = "on the heap"
	bytes, objects := counts()
	m := make(map[int]int)
	kept = m
	madeBytes, madeObjects := counts()
	none := headerOf(m).first() == nil
	beforeBytes, beforeObjects := counts()
	m[1] = 1
	wroteBytes, wroteObjects := counts()
	emit(where, "made_bytes", float64(madeBytes-bytes), "bytes")
	emit(where, "made_objects", float64(madeObjects-objects), "1")
	truth(where, "no_array", none)
	emit(where, "first_write_bytes", float64(wroteBytes-beforeBytes), "bytes")
	emit(where, "first_write_objects", float64(wroteObjects-beforeObjects), "1")
}

// onStack does the same with a map that does not leave the function.
//
//go:noinline
func onStack() int {
	const where = "on the stack"
	bytes, objects := counts()
	m := make(map[int]int)
	madeBytes, madeObjects := counts()
	none := uintptr(headerOf(m).first()) == 0
	beforeBytes, beforeObjects := counts()
	m[1] = 1
	wroteBytes, wroteObjects := counts()
	emit(where, "made_bytes", float64(madeBytes-bytes), "bytes")
	emit(where, "made_objects", float64(madeObjects-objects), "1")
	truth(where, "no_array", none)
	emit(where, "first_write_bytes", float64(wroteBytes-beforeBytes), "bytes")
	emit(where, "first_write_objects", float64(wroteObjects-beforeObjects), "1")
	return m[1]
}

// hinted makes a map with a hint that the compiler does not know.
func hinted(hint int) {
	where := fmt.Sprintf("hint %d", hint)
	m := make(map[int]int, hint)
	kept = m
	truth(where, "array_made", headerOf(m).first() != nil)
}

func measure() {
	counts()
	onHeap()
	onStack()
	for _, hint := range []int{1, 2, 8, 9, 100} {
		hinted(hint)
	}
}

func main() { lab(map[string]func(){"main": measure}) }
