// Command parked holds goroutines in many situations and says what is on their stacks, by the runtime's own account.
//
// It prints one line of JSON, {"pid":..., "stacks": {goroutine id: [functions, innermost first]}}, and waits for the
// end of its input. Functions that were inlined have no frame of their own and are left out; the
// runtime leaves out its own.
package main

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

type waiter interface {
	wait(depth int, big [300]byte) byte
}

type byChan struct{ c chan int }

//go:noinline
func (b *byChan) wait(depth int, big [300]byte) byte {
	if depth > 0 {
		return b.wait(depth-1, big) + big[depth]
	}
	<-b.c
	return big[0]
}

type byCond struct{ *sync.Cond }

//go:noinline
func (b byCond) wait(_ int, big [300]byte) byte {
	b.L.Lock()
	defer b.L.Unlock()
	b.Wait()
	return big[1]
}

//go:noinline
func generic[T any](xs []T, f func(T)) {
	for _, x := range xs {
		f(x)
	}
}

//go:noinline
func inlinedInto(c chan int) int { return small(c) + 1 }

func small(c chan int) int { return smaller(c) + 2 }

func smaller(c chan int) int { return <-c }

//go:noinline
func deep(n int, c chan int) int {
	var room [64]int
	room[n%64] = n
	if n == 0 {
		return <-c
	}
	return deep(n-1, c) + room[(n+1)%64]
}

//go:noinline
func panicking(c chan int) {
	defer func() {
		recover()
		<-c
	}()
	var m map[string]int
	m["x"] = 1
}

func main() {
	c := make(chan int)
	var mutex sync.Mutex
	mutex.Lock()
	var group sync.WaitGroup
	group.Add(1)
	var big [300]byte
	for _, f := range []func(){
		func() { (&byChan{c}).wait(12, big) },
		func() { waiter(byCond{sync.NewCond(new(sync.Mutex))}).wait(0, big) },
		func() { generic([]int{1}, func(int) { <-c }) },
		func() { generic([]string{"x"}, func(string) { mutex.Lock() }) },
		func() { inlinedInto(c) },
		func() { deep(60, c) },
		func() { panicking(c) },
		func() { select {} },
		func() {
			select {
			case <-c:
			case <-make(chan bool):
			}
		},
		func() { time.Sleep(time.Hour) },
		group.Wait,
		func() {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err == nil {
				listener.Accept()
			}
		},
		func() {
			var ends [2]int
			if syscall.Pipe(ends[:]) == nil {
				syscall.Read(ends[0], make([]byte, 1))
			}
		},
	} {
		go f()
	}
	time.Sleep(300 * time.Millisecond)
	text := make([]byte, 1<<20)
	text = text[:runtime.Stack(text, true)]
	json.NewEncoder(os.Stdout).Encode(map[string]any{"pid": os.Getpid(), "stacks": stacks(string(text))})
	io.Copy(io.Discard, os.Stdin)
}

var (
	head     = regexp.MustCompile(`^goroutine (\d+) .*\[`)
	function = regexp.MustCompile(`^(.*)\(([^()]*)\)$`)
)

// stacks takes the functions out of what runtime.Stack prints of the goroutines that main started.
func stacks(text string) map[string][]string {
	found := map[string][]string{}
	for _, block := range strings.Split(text, "\n\n") {
		lines := strings.Split(block, "\n")
		id := head.FindStringSubmatch(lines[0])
		if id == nil || !strings.Contains(block, "created by main.main") {
			continue
		}
		functions := []string{}
		for i := 1; i+1 < len(lines) && !strings.HasPrefix(lines[i], "created by "); i += 2 {
			call := function.FindStringSubmatch(lines[i])
			if call == nil {
				panic(lines[i])
			}
			if call[2] != "..." { // so are the arguments of inlined functions printed
				functions = append(functions, call[1])
			}
		}
		found[id[1]] = functions
	}
	return found
}
