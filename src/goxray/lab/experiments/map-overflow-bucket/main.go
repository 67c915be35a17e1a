// Where an overflow bucket comes from: who allocates it, how full its bucket is then, and whether anybody clears it.
package main

import (
	"runtime"
	"strings"
)

var kept map[int]int

// fullBucket makes a map with eight times eight places and puts nine keys into it whose hashes end in the same bits:
// one more than a bucket takes, far fewer than make the map grow.
//
//go:noinline
func fullBucket() {
	m := make(map[int]int, 40)
	kept = m
	for key, number := 0, 0; number < 9; key++ {
		if hashOf(m, key)&7 == 0 {
			m[key] = key
			number++
			watch(m)
		}
	}
}

// allocatedUnder counts the objects that were allocated with all these functions on the stack, by the heap profile.
func allocatedUnder(names ...string) int64 {
	runtime.GC()
	runtime.GC()
	records := make([]runtime.MemProfileRecord, 4096)
	number, _ := runtime.MemProfile(records, true)
	objects := int64(0)
	for _, record := range records[:number] {
		var stack strings.Builder
		frames := runtime.CallersFrames(record.Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			stack.WriteString(frame.Function + "\n")
		}
		all := true
		for _, name := range names {
			all = all && strings.Contains(stack.String(), name)
		}
		if all {
			objects += record.AllocObjects
		}
	}
	return objects
}

func measure() {
	fresh()
	runtime.MemProfileRate = 1
	fullBucket()
	runtime.MemProfileRate = 0
	truth("", "objects_seen", allocatedUnder("main.fullBucket") > 0)
	emit("", "objects_by_growWork", float64(allocatedUnder("main.fullBucket", "runtime.growWork")), "1")
	emit("", "objects_by_newoverflow", float64(allocatedUnder("main.fullBucket", "newoverflow")), "1")
	again()
}

func main() { lab(map[string]func(){"main": measure}) }
