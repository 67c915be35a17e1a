// Command layoutprobe uses enough of the runtime for the linker to keep the debug information of
// every struct that goxray reads. It is compiled for its DWARF and need not be run.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type node struct {
	next  *node
	names map[string][]int
	any   interface{}
}

var (
	kept   = map[string]*node{}
	pool   = sync.Pool{New: func() interface{} { return new(node) }}
	shared sync.Map
)

func main() {
	defer fmt.Println("done")
	for i := 0; i < 100; i++ {
		n := pool.Get().(*node)
		n.names = map[string][]int{fmt.Sprint(i): {i}}
		n.any = map[int]struct{}{i: {}}
		kept[fmt.Sprint(i)] = n
		shared.Store(i, n)
		runtime.SetFinalizer(n, func(n *node) { n.next = nil })
	}
	results := make(chan reflect.Type, 1)
	go func() {
		results <- reflect.MapOf(reflect.TypeOf(0), reflect.TypeOf(kept))
	}()
	select {
	case t := <-results:
		fmt.Println(t, reflect.New(t).Elem().NumMethod())
	case <-time.After(time.Minute):
	}
	var pinner runtime.Pinner
	pinner.Pin(new(int))
	pinner.Unpin()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println(stats.HeapAlloc, len(kept))
	debug.WriteHeapDump(os.Stderr.Fd())
}
