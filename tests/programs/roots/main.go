// Command roots parks goroutines whose variables are known to be alive or dead, says where their objects are, and waits.
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"
)

// node is an object that nothing else points to; big enough not to share a tiny block.
type node struct {
	next *node
	id   uint64
	pad  [5]uint64
}

// expected is one object: what the collector thinks of it, and whose variable holds it.
type expected struct {
	Addr   string `json:"addr"`
	Live   bool   `json:"live"`
	Holder string `json:"holder"`
	Kind   string `json:"kind"`
}

var (
	mu     sync.Mutex
	said   = map[string]expected{}
	parked sync.WaitGroup
	never  = make(chan int)
	serial uint64
	sink   uint64
)

//go:noinline
func newNode() *node {
	mu.Lock()
	defer mu.Unlock()
	serial++
	return &node{id: serial}
}

func hex(p unsafe.Pointer) string {
	const digits = "0123456789abcdef"
	text := []byte{}
	for n := uintptr(p); n > 0; n >>= 4 {
		text = append([]byte{digits[n&15]}, text...)
	}
	return "0x" + string(text)
}

//go:noinline
func say(name string, p unsafe.Pointer, live bool, holder, kind string) {
	mu.Lock()
	said[name] = expected{hex(p), live, holder, kind}
	mu.Unlock()
}

// made makes a node that the caller's variable is the only holder of.
//
//go:noinline
func made(name string, live bool, holder string) *node {
	p := newNode()
	say(name, unsafe.Pointer(p), live, holder, "goroutine")
	return p
}

//go:noinline
func use(p *node) {
	if p != nil {
		sink += p.id
	}
}

// park stops the goroutine for good.
//
//go:noinline
func park() {
	parked.Done()
	<-never
}

func start(f func()) {
	parked.Add(1)
	go f()
}

func main() {
	undumpReserved()
	runtime.GOMAXPROCS(2)
	debug.SetGCPercent(-1)
	globals()
	specials()
	for _, f := range []func(){
		liveLocal, deadLocal, deadThenLive, argument, manyArguments, stackArray, deadStackArray, chain, mixed, closures,
		openDefers, loopDefers, panicking, faulting, faultingWithoutDefer, makeFunc, methodValue, sending, selecting,
		deep, byValue, resultSlot, bigFrame, programMask, dynamicFrame,
	} {
		start(f)
	}
	crowd()
	parked.Wait()
	spinners()
	mu.Lock()
	report := map[string]any{"objects": said, "goroutines": runtime.NumGoroutine()}
	line, _ := json.Marshal(report)
	mu.Unlock()
	os.Stdout.Write(append(line, '\n'))
	command := make([]byte, 8)
	for {
		if n, err := os.Stdin.Read(command); n == 0 || err != nil {
			return
		}
		clearStack(50)
		runtime.GC()
		runtime.GC()
		os.Stdout.WriteString("{}\n")
	}
}
