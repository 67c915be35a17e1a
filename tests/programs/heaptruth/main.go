// Command heaptruth makes a heap of known shape and says what the runtime knows of it.
//
// It prints one JSON object a line on the objects that it made: where they are, what they are, who holds them, how much
// hangs on them. Then it collects garbage, writes a heap dump (runtime/debug.WriteHeapDump: every object with its
// pointers, straight from the runtime), prints MemStats, and blocks in a read of standard input. From the collection
// on it allocates nothing: what a look from outside finds must be what the dump and MemStats say.
//
// Commands, one byte and a newline each: c collects, dumps and counts again; g leaves garbage, whose addresses are
// printed, uncollected; s counts only; x aborts with a core dump.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

var (
	flagDump   = flag.String("dump", "", "file for the heap dump; written anew by each collection")
	flagSpin   = flag.Bool("spin", false, "one goroutine holds an object in a loop without calls")
	flagUnique = flag.Bool("unique", quietUnique, "make handles of package unique")
	flagFew    = flag.Bool("few", false, "leave out the long list, the deep tree and the objects above a megabyte")
)

var dumpFD = -1

func main() {
	flag.Parse()
	debug.SetGCPercent(-1)
	if *flagDump != "" {
		fd, err := syscall.Open(*flagDump, syscall.O_CREAT|syscall.O_TRUNC|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		dumpFD = fd
	}
	undumpReserved()
	elsewhere(makeAll)
	elsewhere(printAll)
	pause(20 * time.Millisecond) // the goroutines that were started park
	startThreads()
	collect()
	obey()
}

// makeAll makes the whole heap.
func makeAll() {
	makeSizes()
	makeWide()
	makeReflected()
	makeValues()
	makeMaps()
	makeStores()
	makeSpecials()
	makeNewer()
	if *flagUnique {
		makeUnique()
	}
	makeGoroutines()
	if *flagSpin {
		makeSpinning()
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
}

// pause sleeps without a timer of the runtime's, for which it would allocate.
func pause(long time.Duration) {
	duration := syscall.NsecToTimespec(int64(long))
	syscall.Nanosleep(&duration, nil)
}

// startThreads lets goroutines block in system calls, so that the runtime has idle threads and needs no new one later:
// a thread's m and g are heap objects.
func startThreads() {
	var all sync.WaitGroup
	for i := 0; i < 6; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			pause(50 * time.Millisecond)
		}()
	}
	all.Wait()
}

// collect collects all garbage, writes the dump, and says what MemStats says. Nothing is allocated after the last
// collection; several are needed until finalizers have run and pools have given up what they kept.
//
//go:noinline
func collect() {
	for i := 0; i < 4; i++ {
		runtime.GC()
		pause(5 * time.Millisecond)
	}
	debug.FreeOSMemory() // collects once more, and leaves nothing to the scavenger, which would set a timer
	pause(20 * time.Millisecond)
	dump()
	count()
}

//go:noinline
func dump() {
	if dumpFD < 0 {
		return
	}
	if syscall.Ftruncate(dumpFD, 0) != nil {
		os.Exit(3)
	}
	if _, err := syscall.Seek(dumpFD, 0, 0); err != nil {
		os.Exit(3)
	}
	debug.WriteHeapDump(uintptr(dumpFD))
}

var input [16]byte

// obey waits for commands until standard input ends.
//
//go:noinline
func obey() {
	for {
		command := wait()
		switch command {
		case 'c':
			collect()
		case 'g':
			leaveGarbage()
		case 's':
			count()
		case 'x':
			crash()
		default:
			os.Exit(0)
		}
	}
}

// wait blocks in a system call until a command comes.
//
//go:noinline
func wait() byte {
	n, err := syscall.Read(0, input[:])
	if err != nil || n < 1 {
		return 0
	}
	return input[0]
}

func crash() {
	debug.SetTraceback("crash")
	syscall.Kill(syscall.Getpid(), syscall.SIGABRT)
	select {}
}
