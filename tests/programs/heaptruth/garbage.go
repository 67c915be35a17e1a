package main

import (
	"runtime"
	"unsafe"
)

var (
	garbage     [8192]uintptr
	garbageUsed int
)

//go:noinline
func drop(p unsafe.Pointer) {
	garbage[garbageUsed] = uintptr(p)
	garbageUsed++
}

// leaveGarbage allocates objects, drops them all, and prints where they are. Nothing is collected.
//
//go:noinline
func leaveGarbage() {
	garbageUsed = 0
	runtime.ReadMemStats(&stats)
	objects, bytes := stats.HeapObjects, stats.HeapAlloc
	dropAll()
	runtime.ReadMemStats(&stats)
	put(`{"record":"garbage"`)
	putField("objects", stats.HeapObjects-objects)
	putField("bytes", stats.HeapAlloc-bytes)
	flush()
	for i := 0; i < garbageUsed; i++ {
		put(`{"record":"gone"`)
		putField("addr", uint64(garbage[i]))
		flush()
	}
	blockWithDead()
}

//go:noinline
func newBytes(n int) []byte { return make([]byte, n) }

//go:noinline
func newPointers(n int) []*leaf { return make([]*leaf, n) }

//go:noinline
func dropAll() {
	for i := 0; i < 500; i++ {
		l := newLeaf(i)
		l.p = newLeaf(i)
		l.p.p = l // a circle
		drop(unsafe.Pointer(l))
		drop(unsafe.Pointer(l.p))
	}
	for i := 0; i < 100; i++ {
		words := make([]*leaf, 100+i)
		words[3] = gShared
		drop(unsafe.Pointer(&words[0]))
		drop(unsafe.Pointer(&newBytes(512)[0]))
	}
	for i := 0; i < 5; i++ {
		drop(unsafe.Pointer(&newBytes(100_000)[0]))
		drop(unsafe.Pointer(&newPointers(10_000)[0]))
	}
}

// blockWithDead waits for the next command while the address of a dropped object may lie in its frame.
//
//go:noinline
func blockWithDead() {
	l := newLeaf(1)
	drop(unsafe.Pointer(l))
	use(unsafe.Pointer(l))
	use(unsafe.Pointer(l))
	put(`{"record":"gone"`)
	putField("addr", uint64(garbage[garbageUsed-1]))
	flush()
	count()
	if input[0] = wait(); input[0] == 'c' {
		collect()
	} else if input[0] == 'x' {
		crash()
	}
}
