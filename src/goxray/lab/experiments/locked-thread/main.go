// On which OS threads and CPUs a goroutine runs while others compete, locked to its thread and not.
package main

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// setOneCPU lets the calling thread run on the first of its CPUs only and returns whether the kernel agreed.
func setOneCPU() bool {
	var mask [128]uintptr
	size := unsafe.Sizeof(mask)
	_, _, failed := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, size, uintptr(unsafe.Pointer(&mask)))
	if failed != 0 {
		return false
	}
	for i := range mask {
		if mask[i] != 0 {
			mask[i] &= -mask[i]
			for rest := i + 1; rest < len(mask); rest++ {
				mask[rest] = 0
			}
			break
		}
	}
	_, _, failed = syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, size, uintptr(unsafe.Pointer(&mask)))
	return failed == 0
}

// allowed returns on how many CPUs the calling thread may run.
func allowed() int {
	var mask [1024]byte
	n, _, failed := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, uintptr(len(mask)), uintptr(unsafe.Pointer(&mask)))
	if failed != 0 {
		panic(failed)
	}
	cpus := 0
	for _, part := range mask[:n] {
		for ; part != 0; part &= part - 1 {
			cpus++
		}
	}
	return cpus
}

// follow notes each thread that the goroutine is found on over 600 turns while others compete.
func follow(locked bool) {
	var stop atomic.Bool
	for i := 0; i < 2*runtime.GOMAXPROCS(0)+2; i++ {
		go func() {
			for !stop.Load() {
				runtime.Gosched()
			}
		}()
	}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		if locked {
			runtime.LockOSThread()
			truth("", "affinity_set", setOneCPU())
		}
		threads := map[int]bool{}
		most := 0
		for i := 0; i < 600; i++ {
			runtime.Gosched()
			threads[syscall.Gettid()] = true
			most = max(most, allowed())
		}
		emit("", "threads", float64(len(threads)), "1")
		emit("", "cpus_allowed", float64(most), "1")
		// The thread ends with its goroutine: nobody else gets its affinity.
	}()
	<-finished
	stop.Store(true)
}

func main() {
	lab(map[string]func(){"locked": func() { follow(true) }, "not locked": func() { follow(false) }})
}
