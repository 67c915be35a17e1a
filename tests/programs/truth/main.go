// Command truth makes maps in many situations and says exactly what each of them is made of.
//
// It reads its own maps through unsafe, with structs written after each toolchain's runtime source, and takes the
// size of every heap object from the runtime itself (runtime/debug.WriteHeapDump). Tests compare this with what
// goxray sees from outside.
//
// Output: one JSON object a line, then a line READY; then it waits for commands on stdin (see commands.go).
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

var (
	flagSet    = flag.String("set", "all", "comma-separated sets of maps to make: reach, shapes, stacks, ops, looks, victims, or all")
	flagBig    = flag.Bool("big", false, "also make the maps of a million entries and compare them with MemStats")
	flagGC     = flag.Bool("gc", false, "leave the garbage collector on")
	flagPieces = flag.Bool("pieces", false, "print the heap objects that each map consists of")
)

// sets says how to make each set of maps, in the order in which they are made.
var sets = []struct {
	name string
	make func()
}{
	{"shapes", makeShapes},
	{"reach", makeReach},
	{"ops", makeOps},
	{"looks", makeLooks},
	{"stacks", makeStacks},
	{"victims", makeVictims},
}

func main() {
	flag.Parse()
	if !*flagGC {
		debug.SetGCPercent(-1)
	}
	lines := make(chan string)
	go readCommands(lines)
	elsewhere(makeSets)
	elsewhere(printAll)
	for line := range lines {
		command := line
		elsewhere(func() { obey(command) })
	}
}

// elsewhere runs f on a goroutine of its own and waits, so that no stale pointer stays on main's stack.
func elsewhere(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
	time.Sleep(time.Millisecond) // lets the goroutine end
}

func wanted(name string) bool {
	for _, s := range strings.Split(*flagSet, ",") {
		if s == "all" || s == name {
			return true
		}
	}
	return false
}

func makeSets() {
	if *flagBig {
		elsewhere(makeBig)
	}
	for i := range sets {
		set := sets[i]
		if wanted(set.name) {
			elsewhere(set.make)
		}
	}
}

func readCommands(lines chan<- string) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		lines <- in.Text()
	}
	os.Exit(0)
}

func fatal(format string, args ...any) {
	fmt.Printf("{\"record\":\"error\",\"what\":%s}\n", quote(fmt.Sprintf(format, args...)))
	os.Exit(1)
}

func runGC() {
	runtime.GC()
	runtime.GC()
}
