// On which OS threads and CPUs a goroutine runs while others compete, locked to its thread and not.
package main

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
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

// result is what one goroutine saw: its threads, the most CPUs that they were allowed, whether affinity could be set.
type result struct {
	threads, cpus int
	set           bool
}

// turns gives up the processor again and again and notes each thread that the goroutine is found on.
func turns(locked bool) (seen result) {
	if locked {
		// Never unlocked: the thread ends with its goroutine, and nobody else gets its affinity.
		runtime.LockOSThread()
		seen.set = setOneCPU()
	}
	threads := map[int]bool{}
	for i := 0; i < 4000; i++ {
		runtime.Gosched()
		if i%50 == 0 {
			time.Sleep(20 * time.Microsecond)
		}
		threads[syscall.Gettid()] = true
		seen.cpus = max(seen.cpus, allowed())
	}
	seen.threads = len(threads)
	return seen
}

// follow lets eight goroutines take turns at once while others compete, and returns the most that any of them saw.
func follow(locked bool) result {
	var stop atomic.Bool
	defer stop.Store(true)
	for i := 0; i < 2*runtime.GOMAXPROCS(0); i++ {
		go func() {
			for !stop.Load() {
				runtime.Gosched()
			}
		}()
	}
	const followed = 8
	results := make(chan result)
	for i := 0; i < followed; i++ {
		go func() { results <- turns(locked) }()
	}
	all := result{set: true}
	for i := 0; i < followed; i++ {
		each := <-results
		all = result{max(all.threads, each.threads), max(all.cpus, each.cpus), all.set && each.set}
	}
	return all
}

func locked() {
	seen := follow(true)
	emit("", "threads", float64(seen.threads), "1")
	emit("", "cpus_allowed", float64(seen.cpus), "1")
	truth("", "affinity_set", seen.set)
}

// free is the control: the scheduler gets several chances to move a goroutine, which it need not use each time.
func free() {
	var seen result
	for chance := 0; chance < 20 && seen.threads < 2; chance++ {
		seen = follow(false)
	}
	emit("", "threads", float64(seen.threads), "1")
	emit("", "cpus_allowed", float64(seen.cpus), "1")
}

func main() { lab(map[string]func(){"locked": locked, "not locked": free}) }
