// Command dying ends by a signal while its goroutines are in states that no waiting goroutine is in, so that a core can
// be held against the stacks that the runtime prints (GOTRACEBACK=crash).
//
//	dying preempted   one P: main ends the process itself; goroutines that never call anything were preempted
//	dying running     main never stops running and calls a function without a frame, until somebody sends SIGQUIT
//
// It prints READY before.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	sink    atomic.Int64
	started atomic.Int64
	nothing *[4]int
	never   = make(chan int)
)

// leaf has no frame: who called it stands in a register on machines that have one for that.
//
//go:noinline
func leaf(x int) int { return x*31 + 7 }

//go:noinline
func spinCalling(n int) {
	started.Add(1)
	for {
		n = leaf(leaf(n))
	}
}

//go:noinline
func spinAlone(n int) int {
	var room [40]int
	started.Add(1)
	for i := 0; ; i = (i + 1) % 40 {
		room[i] += n
		if room[(i+1)%40] < 0 && n > 1<<40 {
			return room[i]
		}
	}
}

//go:noinline
func spinDeep(n int) int {
	if n > 0 {
		return spinDeep(n-1) + 1
	}
	return spinAlone(n)
}

//go:noinline
func faultingLeaf(p *[4]int) int { return p[1] }

//go:noinline
func faultingFrame(p *[4]int) int {
	var room [30]int
	for i := range room {
		room[i] = leaf(i)
	}
	return room[leaf(3)%30] + p[2]
}

//go:noinline
func faultingDeferring(p *[4]int) (n int) {
	defer func() { n += int(sink.Load()) }()
	return faultingFrame(p) + p[3]
}

//go:noinline
func caught(f func(*[4]int) int) {
	defer func() {
		recover()
		started.Add(1)
		<-never // runs above the frames of the fault, which are still there
	}()
	sink.Add(int64(f(nothing)))
}

func main() {
	runtime.LockOSThread()
	if len(os.Args) > 1 && os.Args[1] == "running" {
		fmt.Println("READY")
		spinCalling(1)
	}
	runtime.GOMAXPROCS(1)
	all := []func(){
		func() { caught(faultingLeaf) },
		func() { caught(faultingFrame) },
		func() { caught(faultingDeferring) },
		func() { spinCalling(2) },
		func() { spinAlone(3) },
		func() { spinDeep(20) },
	}
	for _, f := range all {
		go f()
	}
	for started.Load() < int64(len(all)) {
		time.Sleep(time.Millisecond)
	}
	for turn := 0; turn < 10; turn++ {
		runtime.Gosched()
	}
	fmt.Println("READY")
	syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	spinCalling(4)
}
