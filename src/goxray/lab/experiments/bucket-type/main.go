// A type that points at its own kind: how large it is, whether it must live on the heap, whether gctrace names it.
package main

import (
	"runtime"
	"unsafe"
)

const rounds = 1000

var (
	kept *Bucket
	sum  int
)

// objects returns how many objects each call of f allocates.
func objects(f func()) float64 {
	_, number := allocatedBy(func() {
		for i := 0; i < rounds; i++ {
			f()
		}
	})
	return float64(number / rounds)
}

func measure() {
	emit("", "size", float64(unsafe.Sizeof(Bucket{})), "bytes")
	emit("linked, stays in the function", "objects", objects(func() { sum += chain(sum) }), "1")
	emit("returned", "objects", objects(func() { kept = leaves() }), "1")
}

// traced makes garbage of the type and collects it; what GODEBUG=gctrace=1 writes is looked at.
func traced() {
	finalized := make(chan bool)
	bucket := leaves()
	runtime.SetFinalizer(bucket, func(*Bucket) { close(finalized) })
	for i := 0; i < 100000; i++ {
		kept = leaves()
	}
	kept, bucket = nil, nil
	for done := false; !done; {
		runtime.GC()
		select {
		case <-finalized:
			done = true
		default:
			runtime.Gosched()
		}
	}
	truth("", "collected", true)
}

func main() { lab(map[string]func(){"main": measure, "traced": traced}) }
