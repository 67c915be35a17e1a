// Which of the runtime's functions an assignment to a map goes through: the stacks of its allocations tell.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

const entries = 20000

type wide [200]byte

//go:noinline
func assignInt() int {
	m := make(map[string]int)
	for i := 0; i < entries; i++ {
		m[fmt.Sprint(i)] = i
	}
	return len(m)
}

//go:noinline
func assignWide() int {
	m := make(map[string]wide)
	for i := 0; i < entries; i++ {
		m[fmt.Sprint(i)] = wide{}
	}
	return len(m)
}

// grow makes a map of four buckets grow to eight while twenty of its keys go to one bucket before and after: up to Go
// 1.23 evacuate has to allocate overflow buckets for them. What is picked from Go 1.24 on does not matter.
//
//go:noinline
func grow() int {
	m := make(map[int64]int64, 24)
	for key := int64(0); len(m) < 20; key++ {
		if hashOf(m, key)%8 == 0 {
			m[key] = key
		}
	}
	for key := int64(-1); len(m) < 40; key-- {
		m[key] = key
	}
	return len(m)
}

// stacks returns the functions of each stack that allocated anything, the innermost first.
func stacks() [][]string {
	runtime.GC()
	runtime.GC() // a collection publishes what was allocated before the one before it
	count, _ := runtime.MemProfile(nil, true)
	records := make([]runtime.MemProfileRecord, count+100)
	count, complete := runtime.MemProfile(records, true)
	if !complete {
		fmt.Fprintln(os.Stderr, "the profile grew while it was read")
		os.Exit(1)
	}
	var found [][]string
	for _, record := range records[:count] {
		var names []string
		frames := runtime.CallersFrames(record.Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			names = append(names, frame.Function)
		}
		found = append(found, names)
	}
	return found
}

// called returns the functions that caller called on the way to an allocation, each once.
func called(all [][]string, caller string) map[string]bool {
	found := map[string]bool{}
	for _, names := range all {
		for i := 1; i < len(names); i++ {
			if names[i] == caller {
				found[names[i-1]] = true
			}
		}
	}
	return found
}

// depth returns the most frames between a function of the program and the runtime's evacuate, both ends included on the
// runtime's side; 0 where no stack has it.
func depth(all [][]string) int {
	most := 0
	for _, names := range all {
		for i, name := range names {
			if !strings.HasPrefix(name, "runtime.evacuate") {
				continue
			}
			for j := i; j < len(names) && !strings.HasPrefix(names[j], "main."); j++ {
				most = max(most, j-i+1)
			}
		}
	}
	return most
}

func measure() {
	assignInt()
	assignWide()
	grow()
	all := stacks()
	for _, each := range []struct{ where, caller string }{
		{"map[string]int", "main.assignInt"},
		{"map[string][200]byte", "main.assignWide"},
	} {
		functions := called(all, each.caller)
		truth(each.where, "through_faststr", functions["runtime.mapassign_faststr"])
		truth(each.where, "through_any_assign",
			functions["runtime.mapassign_faststr"] || functions["runtime.mapassign"])
	}
	emit("", "evacuate_depth", float64(depth(all)), "1")
	emit("", "stacks", float64(len(all)), "1")
}

func init() { runtime.MemProfileRate = 1 }

func main() { lab(map[string]func(){"main": measure}) }
