// Command rss puts its memory into known states and says what the runtime makes of it.
//
// It obeys one-letter commands on standard input. After each it prints one line of JSON, the runtime's own figures and
// what the command has to tell, and then does nothing until the next: no allocation happens in between.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"
)

const (
	largeBytes   = 64 << 20
	touchedBytes = 5 << 20
	goroutines   = 300
	stackBytes   = 100_000
)

type node struct {
	next *node
	pad  [5]uint64
}

var (
	small   []*node
	noscan  [][]byte
	large   []byte
	release chan bool
	mapped  []byte

	stats   runtime.MemStats
	line    [8192]byte
	command [1]byte
)

func main() {
	debug.SetGCPercent(-1)
	told := uint64(0)
	for {
		answer(told)
		if n, err := syscall.Read(0, command[:]); n != 1 || err != nil {
			os.Exit(0)
		}
		told = obey(command[0])
	}
}

func obey(letter byte) uint64 {
	switch letter {
	case 'a':
		fill()
	case 'h':
		halve()
	case 'd':
		small, noscan, large = nil, nil, nil
	case 'c':
		runtime.GC()
	case 'o':
		debug.FreeOSMemory()
	case 's':
		start()
	case 'e':
		end()
	case 't':
		return touch()
	case 'p':
		return mapAnonymous()
	}
	return 0
}

func fill() {
	for i := 0; i < 200_000; i++ {
		small = append(small, &node{})
	}
	for i := 0; i < 5_000; i++ {
		noscan = append(noscan, make([]byte, 1+i%40_000))
	}
}

// halve drops every second object, so that spans are half free.
func halve() {
	for i := range small {
		if i%2 == 0 {
			small[i] = nil
		}
	}
	for i := range noscan {
		if i%2 == 0 {
			noscan[i] = nil
		}
	}
}

// touch allocates one large object and writes only to its first bytes; it returns its address.
func touch() uint64 {
	large = make([]byte, largeBytes)
	for i := 0; i < touchedBytes; i += 4096 {
		large[i] = 1
	}
	return uint64(uintptr(unsafe.Pointer(&large[0])))
}

// mapAnonymous maps memory that the runtime knows nothing of, and writes to all of it.
func mapAnonymous() uint64 {
	memory, err := syscall.Mmap(-1, 0, 32<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	mapped = memory
	return uint64(uintptr(unsafe.Pointer(&memory[0])))
}

func start() {
	release = make(chan bool)
	ready := make(chan bool)
	for i := 0; i < goroutines; i++ {
		go func() {
			grow(ready)
		}()
	}
	for i := 0; i < goroutines; i++ {
		<-ready
	}
}

func end() {
	close(release)
	for runtime.NumGoroutine() > 1 {
		runtime.Gosched()
	}
}

//go:noinline
func grow(ready chan bool) {
	var room [stackBytes]byte
	wait(&room, ready)
}

//go:noinline
func wait(room *[stackBytes]byte, ready chan bool) {
	for i := range room {
		room[i] = byte(i)
	}
	ready <- true
	<-release
}

// answer prints the runtime's figures without allocating.
func answer(told uint64) {
	for i := 0; i < 3; i++ { // the first look at statistics starts threads, which takes memory
		runtime.ReadMemStats(&stats)
	}
	out := append(line[:0], '{')
	out = field(out, "told", told)
	out = field(out, "HeapAlloc", stats.HeapAlloc)
	out = field(out, "HeapObjects", stats.HeapObjects)
	out = field(out, "HeapInuse", stats.HeapInuse)
	out = field(out, "HeapIdle", stats.HeapIdle)
	out = field(out, "HeapReleased", stats.HeapReleased)
	out = field(out, "StackInuse", stats.StackInuse)
	out = field(out, "Sys", stats.Sys)
	out = field(out, "MetadataSys", stats.Sys-stats.HeapSys-stats.StackInuse)
	out = field(out, "NumGC", uint64(stats.NumGC))
	out[len(out)-1] = '}'
	out = append(out, '\n')
	syscall.Write(1, out)
}

func field(out []byte, name string, value uint64) []byte {
	out = append(out, '"')
	out = append(out, name...)
	out = append(out, '"', ':')
	out = strconv.AppendUint(out, value, 10)
	return append(out, ',')
}
