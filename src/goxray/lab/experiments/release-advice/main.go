// How freed memory goes back to the OS: what of it stays resident, and what is only marked as free to take.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

const size = 64 << 20

var kept []byte

// smaps returns a figure of /proc/self/smaps_rollup in bytes.
func smaps(name string) float64 {
	file, err := os.Open("/proc/self/smaps_rollup")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, found := strings.CutPrefix(lines.Text(), name+":"); found {
			var kb float64
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				panic(err)
			}
			return kb * 1024
		}
	}
	panic("no " + name)
}

func measure() {
	debug.SetGCPercent(-1)
	debug.FreeOSMemory()
	before := smaps("Rss")
	kept = make([]byte, size)
	for i := range kept {
		kept[i] = byte(i)
	}
	full := smaps("Rss")
	kept = nil
	debug.FreeOSMemory()
	emit("", "grown", full-before, "bytes")
	emit("", "returned", full-smaps("Rss"), "bytes")
	emit("", "lazily_free", smaps("LazyFree"), "bytes")
}

func main() { lab(map[string]func(){"main": measure}) }
