// What a heap profile tells of a map's growth and deletes, and whether a signal makes the runtime write one.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

const entries = 20000

var kept map[int64]int64

//go:noinline
func grow() {
	kept = make(map[int64]int64)
	for i := int64(0); i < entries; i++ {
		kept[i] = i
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// profile returns the heap profile in one of its two forms, with what the last collection found.
func profile(form int) []byte {
	runtime.GC()
	runtime.GC()
	var written bytes.Buffer
	fail(pprof.Lookup("heap").WriteTo(&written, form))
	return written.Bytes()
}

// names returns the text of a profile as go tool pprof reads it: the names of its functions are in it as they are.
func names() string {
	zipped, err := gzip.NewReader(bytes.NewReader(profile(0)))
	fail(err)
	plain, err := io.ReadAll(zipped)
	fail(err)
	return string(plain)
}

// ofGrow returns the bytes in use and the bytes ever allocated that the profile has under grow.
func ofGrow() (inUse, allocated float64) {
	var use, all float64
	lines := bufio.NewScanner(bytes.NewReader(profile(1)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		var count, counted float64
		if !strings.HasPrefix(line, "#") {
			use, all = 0, 0
			_, _ = fmt.Sscanf(line, "%f: %f [%f: %f]", &count, &use, &counted, &all)
		} else if strings.Contains(line, "main.grow+") {
			inUse, allocated = inUse+use, allocated+all
			use, all = 0, 0
		}
	}
	fail(lines.Err())
	return inUse, allocated
}

// rawStacks tells whether a function is in any stack that the runtime has sampled, hidden in profiles or not.
func rawStacks(function string) bool {
	records := make([]runtime.MemProfileRecord, 10000)
	count, _ := runtime.MemProfile(records, true)
	for _, record := range records[:count] {
		frames := runtime.CallersFrames(record.Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if frame.Function == function {
				return true
			}
		}
	}
	return false
}

func measure() {
	grow()
	full := names()
	inUseFull, allocatedFull := ofGrow()
	for key := range kept {
		if len(kept) == 1 {
			break
		}
		delete(kept, key)
	}
	deleted := names()
	truth("after the deletes", "names_mbucket", strings.Contains(deleted, "runtime.mbucket"))
	truth("", "names_hashgrow", strings.Contains(full, "runtime.hashGrow"))
	truth("", "names_grow", strings.Contains(full, "main.grow"))
	truth("", "stacks_have_hashgrow", rawStacks("runtime.hashGrow"))
	kept = nil // nothing leaks: the map is gone
	inUse, allocated := ofGrow()
	emit("nothing leaks", "alloc_space", 100*allocated/allocatedFull, "percent")
	emit("nothing leaks", "inuse_space", 100*inUse/inUseFull, "percent")
}

// files returns how many files there are where the article looks for profiles, and in the working directory.
func files() int {
	found := 0
	for _, pattern := range []string{"/tmp/profile*", "*"} {
		matches, err := filepath.Glob(pattern)
		fail(err)
		found += len(matches)
	}
	return found
}

func signalled() {
	folder, err := os.MkdirTemp("", "lab")
	fail(err)
	defer os.RemoveAll(folder)
	fail(os.Chdir(folder))
	before := files()
	for i := 0; i < 2; i++ {
		fail(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
		time.Sleep(20 * time.Millisecond)
	}
	emit("", "profiles_written", float64(files()-before), "1")
	// That the signal arrives at all is seen where the program asks for it.
	seen := make(chan os.Signal, 1)
	signal.Notify(seen, syscall.SIGUSR1)
	fail(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	select {
	case <-seen:
		truth("", "signal_arrives", true)
	case <-time.After(5 * time.Second):
		truth("", "signal_arrives", false)
	}
}

func init() { runtime.MemProfileRate = 1 }

func main() { lab(map[string]func(){"profiled": measure, "signalled": signalled}) }
