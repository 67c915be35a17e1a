//go:build go1.24

package main

import (
	"runtime"
	"unsafe"
	"weak"
)

type cleaned struct {
	p *leaf
	n [3]uint64
}

var (
	gCleaned []*cleaned
	gWeak    []weak.Pointer[leaf]
	gWeakTo  []*leaf
)

// makeNewer makes what came with Go 1.24: cleanups and weak pointers.
func makeNewer() {
	for i := 0; i < 5; i++ {
		c, captured := &cleaned{p: newLeaf(i)}, newLeaf(i)
		runtime.AddCleanup(c, func(n *leaf) { gRan += int(n.n) }, captured)
		gCleaned = append(gCleaned, c)
		note("cleanup", "captured by a cleanup", unsafe.Pointer(captured))
	}
	for i := 0; i < 20; i++ {
		runtime.AddCleanup(&cleaned{p: newLeaf(i)}, func(n int) { gRan += n }, i)
		alive, dead := newLeaf(i), newLeaf(i)
		gWeak = append(gWeak, weak.Make(alive), weak.Make(dead))
		gWeakTo = append(gWeakTo, alive)
		note("weak", "weakly held", unsafe.Pointer(alive))
	}
}
