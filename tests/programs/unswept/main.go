// Command unswept stops right after a mark, when most of what died waits for the sweeper: many dead maps whose
// headers are as they were, while the memory that they point to is free or in other use.
//
// It has one processor and keeps it: the last system call is one that the scheduler does not hear of, so nothing of the
// program runs on until its input ends. Lines of JSON: {"kept": addresses} and {"dropped": addresses}.
package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"
)

const (
	count   = 24_000
	every   = 60 // of so many maps one is kept
	entries = 12
	held    = 400
	size    = 288  // of two buckets and of two groups with these keys and values
	full    = 0x33 // in either kind of map a slot with such a hash is full
)

var (
	all     [count]map[uint64]uint64
	kept    [count / every]map[uint64]uint64
	dropped [count - count/every]uintptr
	alive   [len(kept)]uintptr
	said    [24 * count]byte // nothing that says it is garbage on the heap
	sink    []byte
	refill  [2_000][]byte
	turns   int
	stats   runtime.MemStats
)

func address(m map[uint64]uint64) uintptr { return *(*uintptr)(unsafe.Pointer(&m)) }

// build makes the headers first, then the entries: one span of these in two holds those of dead maps only, while no span
// of what lies between, a Swiss map's directories and tables, does.
//
//go:noinline
func build() {
	for i := range &all {
		all[i] = make(map[uint64]uint64)
	}
	gone := 0
	for i, m := range &all {
		for k := uint64(0); k < entries; k++ {
			m[k] = k
		}
		if i%every == 0 {
			kept[i/every], alive[i/every] = m, address(m)
		} else {
			dropped[gone] = address(m)
			gone++
		}
	}
}

// mark allocates until the runtime has run one cycle by itself. (runtime.GC would sweep all.)
//
//go:noinline
func mark() {
	debug.SetGCPercent(100)
	for runtime.ReadMemStats(&stats); stats.NumGC == 0; runtime.ReadMemStats(&stats) {
		sink = make([]byte, 4096)
	}
	debug.SetGCPercent(-1) // the sweep's pace follows the next cycle's goal: there is none
}

// reuse takes memory of the dead. A large object has spans reclaimed that hold nothing alive (mheap.reclaim); a stack
// that grows is put into such pages; objects of the entries' size get swept spans of that class (mcentral.cacheSpan).
//
//go:noinline
func reuse() {
	sink = make([]byte, 40<<10)
	dive(800)
	for i := range refill {
		refill[i] = make([]byte, size)
		for k := range refill[i] {
			refill[i][k] = full
		}
	}
}

// dive fills a stack, frame by frame.
//
//go:noinline
func dive(depth int) byte {
	var frame [1024]byte
	for i := range frame {
		frame[i] = full
	}
	if depth > 0 {
		frame[depth] = dive(depth - 1)
	}
	return frame[depth]
}

func say(name string, addrs []uintptr) {
	line := append(append(append(said[:0], `{"`...), name...), `":[`...)
	for i, addr := range addrs {
		if i > 0 {
			line = append(line, ',')
		}
		line = strconv.AppendUint(line, uint64(addr), 10)
	}
	line = append(line, "]}\n"...)
	for len(line) > 0 {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, 1, uintptr(unsafe.Pointer(&line[0])), uintptr(len(line)))
		if errno != 0 && errno != syscall.EINTR {
			panic(errno)
		}
		if errno == 0 {
			line = line[n:]
		}
	}
}

// stay has variables that lead to dead maps: nothing reads them once the mark begins, but they are still in its frame.
//
//go:noinline
func stay() {
	var locals [held]map[uint64]uint64
	for i := range &locals {
		locals[i] = all[1+i*every]
	}
	look(&locals)
	look(&locals)
	all = [count]map[uint64]uint64{}
	mark()
	reuse()
	say("kept", alive[:])
	say("dropped", dropped[:])
	var input [1]byte
	for {
		_, _, errno := syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&input[0])), 1)
		if errno != syscall.EINTR {
			break
		}
	}
}

//go:noinline
func look(locals *[held]map[uint64]uint64) {
	for _, m := range locals {
		turns += len(m)
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	build()
	stay()
	runtime.KeepAlive(refill)
}
