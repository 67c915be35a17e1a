// What a heap profile tells of a map's growth and deletes, and whether a signal makes the runtime write one.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
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

// files returns the files in the program's own folder, which is its working directory and its TMPDIR, and the profiles
// of a program like this one where the article looks for them, written since a moment.
func files(own string, since time.Time) (inOwn, inShared map[string]bool) {
	inOwn, inShared = map[string]bool{}, map[string]bool{}
	fail(filepath.WalkDir(own, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			inOwn[name] = true
		}
		return err
	}))
	matches, err := filepath.Glob(filepath.Join("/tmp", "profile*"))
	fail(err)
	for _, name := range matches {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || info.ModTime().Before(since) {
			continue
		}
		if status, known := info.Sys().(*syscall.Stat_t); known && int(status.Uid) == os.Getuid() && ofThisProgram(name) {
			inShared[name] = true
		}
	}
	return inOwn, inShared
}

// written returns how many bytes this process has handed to the kernel in writes, files and all else.
func written() (bytes int) {
	text, err := os.ReadFile("/proc/self/io")
	fail(err)
	_, after, _ := strings.Cut(string(text), "wchar:")
	_, err = fmt.Sscan(after, &bytes)
	fail(err)
	return bytes
}

// smallest is less than any profile has in bytes, and more than the runtime writes to wake a thread.
const smallest = 64

// newProfiles returns how many of its own files the program has written while f ran. In a folder that others use too
// none is its own where the process wrote less than a profile.
func newProfiles(own string, f func()) float64 {
	since := time.Now().Add(-10 * time.Millisecond) // files have the time of the kernel's last tick
	ownBefore, sharedBefore := files(own, since)
	bytesBefore := written()
	f()
	wrote := written() - bytesBefore
	ownNow, sharedNow := files(own, since)
	found := 0
	for name := range ownNow {
		if !ownBefore[name] {
			found++
		}
	}
	for name := range sharedNow {
		if !sharedBefore[name] && wrote >= smallest {
			found++
		}
	}
	return float64(found)
}

// ofThisProgram reports whether a file is a profile in one of its two forms that holds a function of this program.
func ofThisProgram(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	var reader io.Reader = bufio.NewReader(file)
	if head, err := reader.(*bufio.Reader).Peek(2); err == nil && head[0] == 0x1f && head[1] == 0x8b {
		if reader, err = gzip.NewReader(reader); err != nil {
			return false
		}
	}
	text, _ := io.ReadAll(io.LimitReader(reader, 64<<20))
	return bytes.Contains(text, []byte(markOfProgram))
}

// markOfProgram is the name of a function that the stacks of this program's profiles have.
const markOfProgram = "main.signalled"

func signalled() {
	folder, err := os.MkdirTemp("", "lab")
	fail(err)
	defer os.RemoveAll(folder)
	fail(os.Chdir(folder))
	fail(os.Setenv("TMPDIR", folder))
	emit("", "profiles_written", newProfiles(folder, func() {
		for i := 0; i < 2; i++ {
			fail(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
			time.Sleep(20 * time.Millisecond)
		}
	}), "1")
	// That a profile would be seen is tried with some that the program writes itself.
	var made []string
	defer func() {
		for _, name := range made {
			fail(os.Remove(name))
		}
	}()
	truth("", "own_profiles_seen", newProfiles(folder, func() {
		fail(os.WriteFile(filepath.Join(folder, "own"), profile(0), 0o600))
		for form := 0; form < 2; form++ {
			file, err := os.CreateTemp("/tmp", "profile")
			fail(err)
			made = append(made, file.Name())
			_, err = file.Write(profile(form))
			fail(err)
			fail(file.Close())
		}
	}) >= 3)
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
