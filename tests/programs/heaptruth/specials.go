package main

import (
	"runtime"
	"time"
	"unsafe"
)

// finalized has a finalizer for as long as the program runs.
type finalized struct {
	p *leaf
	n [3]uint64
}

var (
	gFinalized []*finalized
	gStopped   []*time.Timer
	gFar       *time.Timer
	gRan       int
)

func makeSpecials() {
	for i := 0; i < 5; i++ {
		f := &finalized{p: newLeaf(i)}
		captured := newLeaf(100 + i)
		runtime.SetFinalizer(f, func(f *finalized) { gRan += int(captured.n) })
		gFinalized = append(gFinalized, f)
		note("finalizer", "captured by a finalizer", unsafe.Pointer(captured))
	}
	for i := 0; i < 20; i++ { // these finalizers run at the first collection, and what they held goes with the next
		f := &finalized{p: newLeaf(i)}
		runtime.SetFinalizer(f, func(f *finalized) { gRan++ })
	}
	for i := 0; i < 10; i++ {
		held := newLeaf(i)
		timer := time.AfterFunc(time.Hour, func() { held.n++ })
		timer.Stop()
		gStopped = append(gStopped, timer)
	}
}
