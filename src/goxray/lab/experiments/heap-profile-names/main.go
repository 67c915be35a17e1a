// Which samples a heap profile has, by the names that are in its table of texts.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
)

var kept [][]byte

func measure() {
	runtime.MemProfileRate = 1
	for i := 0; i < 1000; i++ {
		kept = append(kept, make([]byte, 1000))
	}
	runtime.GC()
	var written bytes.Buffer
	if err := pprof.WriteHeapProfile(&written); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	unpacked, err := gzip.NewReader(&written)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	profile, err := io.ReadAll(unpacked)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, name := range []string{
		"inuse_objects", "inuse_space", "alloc_objects", "alloc_space",
		"heap_inuse_objects", "heap_allocs_objects", "heap_inuse_bytes",
	} {
		// In the protocol buffer a text is field 6 of the profile: its tag, its length, its bytes.
		text := append([]byte{6<<3 | 2, byte(len(name))}, name...)
		truth(name, "is_in_the_profile", bytes.Contains(profile, text))
	}
}

func main() { lab(map[string]func(){"main": measure}) }
