package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

var (
	gForever = make(chan int)
	gOther   = make(chan *leaf)
	gParked  sync.WaitGroup
	gStop    uint32
	gSink    uint64
)

// makeGoroutines starts goroutines that hold objects in every way a stack can, and parks them for good.
func makeGoroutines() {
	for i := 0; i < 3; i++ {
		start(holdsLocal)
		start(holdsList)
		start(holdsStackObject)
		start(holdsArray)
		start(holdsDefer)
		start(holdsDefersInLoop)
		start(holdsInPanic)
		start(holdsSent)
		start(holdsSelect)
		start(holdsSlice)
		start(holdsClosure)
		start(droppedLocal)
		start(func() { recurse(40, newLeaf(1), "text") })
	}
	argument := newLeaf(5)
	held("argument of a go statement", unsafe.Pointer(argument), "main.takesArgument")
	gParked.Add(1)
	go takesArgument(argument, 7)
	gParked.Wait()
}

func start(f func()) {
	gParked.Add(1)
	go f()
	gParked.Wait() // one at a time: what it notes is in order, and no two write at once
}

//go:noinline
func park() {
	gParked.Done()
	<-gForever
}

//go:noinline
func use(p unsafe.Pointer) { atomic.AddUint64(&gSink, uint64(uintptr(p)&1)) }

//go:noinline
func takesArgument(l *leaf, n int) {
	park()
	l.n += uint64(n)
}

func holdsLocal() {
	local := newLeaf(1)
	held("local", unsafe.Pointer(local), "main.holdsLocal")
	park()
	local.n++
}

func holdsList() {
	var head *node
	for i := 0; i < 1000; i++ {
		head = &node{head, uint64(i)}
	}
	held("list", unsafe.Pointer(head), "main.holdsList")
	retained("list of a goroutine", unsafe.Pointer(head), 1000, 1000*nodeBytes)
	park()
	head.n++
}

//go:noinline
func fill(f *finalized, l *leaf) { f.p, f.n[0] = l, 1 }

//go:noinline
func parkWith(f *finalized) uint64 {
	park()
	return f.p.n
}

// holdsStackObject has a struct on its stack that is used through a pointer: the runtime finds it by its list of stack
// objects, and only because something live on the stack points to it.
func holdsStackObject() {
	var onStack finalized
	l := newLeaf(2)
	held("in a stack object", unsafe.Pointer(l), "main.holdsStackObject")
	fill(&onStack, l)
	atomic.AddUint64(&gSink, parkWith(&onStack))
}

//go:noinline
func parkWithLeaves(all *[20]*leaf) {
	park()
	all[3].n++
}

func holdsArray() {
	var all [20]*leaf
	for i := 0; i < len(all); i += 3 {
		all[i] = newLeaf(i)
		held("in an array on the stack", unsafe.Pointer(all[i]), "main.holdsArray")
	}
	parkWithLeaves(&all)
}

func holdsDefer() {
	l := newLeaf(3)
	held("captured by a defer", unsafe.Pointer(l), "main.holdsDefer")
	defer func() { l.n++ }()
	park()
}

func holdsDefersInLoop() {
	for i := 0; i < 5; i++ {
		l := newLeaf(i)
		held("captured by a defer in a loop", unsafe.Pointer(l), "main.holdsDefersInLoop")
		defer func() { l.n++ }()
	}
	park()
}

func holdsInPanic() {
	l := &boxed{p: newLeaf(6)}
	held("argument of a panic", unsafe.Pointer(l), "main.holdsInPanic")
	defer func() {
		park()
		recover()
	}()
	panic(l)
}

func holdsSent() {
	l := newLeaf(7)
	held("sent and not received", unsafe.Pointer(l), "main.holdsSent")
	gParked.Done()
	gOther <- l
}

func holdsSelect() {
	l, full := newLeaf(8), make(chan *leaf)
	held("in a select", unsafe.Pointer(l), "main.holdsSelect")
	gParked.Done()
	select {
	case full <- l:
	case <-gForever:
	}
}

func holdsSlice() {
	all := make([]*leaf, 100)
	all[99] = newLeaf(9)
	part := all[98:] // only an inner pointer is left
	held("behind a part of a slice", unsafe.Pointer(all[99]), "main.holdsSlice")
	park()
	part[1].n++
}

func holdsClosure() {
	l := newLeaf(10)
	held("captured by a local closure", unsafe.Pointer(l), "main.holdsClosure")
	f := func(n uint64) { l.n += n }
	parkThen(f)
}

//go:noinline
func parkThen(f func(uint64)) {
	park()
	f(1)
}

// droppedLocal no longer needs its object when it parks: its address may still lie on the stack, and nothing holds it.
func droppedLocal() {
	l := newLeaf(11)
	use(unsafe.Pointer(l))
	use(unsafe.Pointer(l))
	park()
}

//go:noinline
func recurse(depth int, l *leaf, text string) (result *leaf, err error) {
	own := newLeaf(depth)
	held("in a deep frame", unsafe.Pointer(own), "main.recurse")
	if depth == 0 {
		park()
	} else {
		result, err = recurse(depth-1, own, text+"!")
	}
	own.p = l
	return own, err
}

var gSpinning = make(chan struct{})

// makeSpinning starts a goroutine that never calls anything: it is stopped between any two instructions.
func makeSpinning() {
	go func() {
		l := newLeaf(12)
		held("in a loop without calls", unsafe.Pointer(l), "main.makeSpinning.func1")
		close(gSpinning)
		for atomic.LoadUint32(&gStop) == 0 {
			l.n++
		}
		runtime.KeepAlive(l)
	}()
	<-gSpinning
}
