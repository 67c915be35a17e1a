// Program steady stands still or bustles, so that tests can read it, stop it and dump it.
//
// It prints one line: the pid and the addresses of its counter and of its table, in decimal. It ends when its
// standard input does.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Words is how many 8-byte words the table has.
const Words = 1 << 18

var (
	counter uint64
	// table holds i*Step at index i; it lies in the program's own data, not on the heap.
	table [Words]uint64
	// heap is the same on the heap.
	heap []uint64
)

// Step makes each word of the table differ from its neighbours in all bytes.
const Step = 0x9E3779B97F4A7C15

func main() {
	heap = make([]uint64, Words)
	for i := range table {
		table[i] = uint64(i) * Step
		heap[i] = ^table[i]
	}
	go count()
	if len(os.Args) > 1 && os.Args[1] == "bustle" {
		for i := 0; i < 4; i++ {
			go makeThreads()
			go block()
		}
	}
	fmt.Println(os.Getpid(), addr(&counter), addr(&table[0]), addr(&heap[0]))
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(heap)
}

func addr(word *uint64) uintptr { return uintptr(unsafe.Pointer(word)) }

// count moves the counter on for as long as the program runs.
func count() {
	for {
		atomic.AddUint64(&counter, 1)
		time.Sleep(100 * time.Microsecond)
	}
}

// makeThreads starts threads that end again: a goroutine that ends while locked to its thread takes the thread with it.
func makeThreads() {
	for {
		done := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			syscall.Getpid()
			close(done)
		}()
		<-done
	}
}

// block holds threads in the kernel.
func block() {
	for {
		pause := syscall.NsecToTimespec(300_000)
		syscall.Nanosleep(&pause, nil)
	}
}
