//go:build go1.24

package main

import (
	"fmt"
	"runtime"
	"unique"
	"unsafe"
	"weak"
)

type cleaned struct {
	p *leaf
	n [3]uint64
}

var (
	gCleaned  []*cleaned
	gWeak     []weak.Pointer[leaf]
	gWeakTo   []*leaf
	gHandles  []unique.Handle[string]
	gHandles2 []unique.Handle[[4]uint64]
)

// makeNewer makes what came with Go 1.24: cleanups and weak pointers; and unique handles, which came with 1.23.
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
		gHandles = append(gHandles, unique.Make(fmt.Sprint("handle ", i%7)))
		gHandles2 = append(gHandles2, unique.Make([4]uint64{uint64(i % 3)}))
		unique.Make(fmt.Sprint("dropped handle ", i))
	}
}
