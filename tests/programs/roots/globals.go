package main

import (
	"runtime"
	"time"
	"unsafe"
)

type settings struct {
	name  string
	count int
	items [3]*node
}

var (
	inBSS  *node
	inData = settings{name: "set at link time", count: 3}
	hidden uintptr
	words  [20000]*node
)

func globals() {
	inBSS = newNode()
	say("pointer in bss", unsafe.Pointer(inBSS), true, "main.inBSS", "global")
	inData.items[1] = newNode()
	say("pointer in data", unsafe.Pointer(inData.items[1]), true, "main.inData", "global")
	words[19999] = newNode()
	say("end of a large array in bss", unsafe.Pointer(words[19999]), true, "main.words", "global")
}

func hide() {
	p := newNode()
	hidden = uintptr(unsafe.Pointer(p))
	say("in a word that is no pointer", unsafe.Pointer(p), false, "main.hidden", "global")
}

// watched has a finalizer and is held by nothing once watch returns.
type watched struct {
	child *node
	id    int
	pad   [6]int
}

var (
	heldByGlobal *watched
	started      = make(chan int)
)

//go:noinline
func watch() {
	p := &watched{child: newNode()}
	captured := newNode()
	f := func(w *watched) { use(captured); use(w.child) }
	say("finalizer's function", *(*unsafe.Pointer)(unsafe.Pointer(&f)), true, "finalizer main.watch.func1", "finalizer")
	say("object with a finalizer", unsafe.Pointer(p), false, "finalizer main.watch.func1", "from")
	runtime.SetFinalizer(p, f)
}

// queue makes garbage whose finalizers wait behind one that never ends.
//
//go:noinline
func queue() {
	for i := 0; i < 150; i++ {
		p := &watched{child: newNode(), id: i}
		if i%50 == 0 {
			say("queued for its finalizer "+string(rune('0'+i/50)), unsafe.Pointer(p), true, "finalizers about to run", "finalizer")
		}
		runtime.SetFinalizer(p, func(w *watched) {
			select {
			case started <- 1:
			default:
			}
			<-never
		})
	}
}

//go:noinline
func clearStack(depth int) int {
	var room [64]int
	if depth > 0 {
		room[depth%64] = clearStack(depth - 1)
	}
	return room[1] + depth
}

func specials() {
	queue()
	cleanups()
	clearStack(50)
	runtime.GC()
	runtime.GC()
	select {
	case <-started:
	case <-time.After(time.Second):
	}
	watch()
	weakPointers()
	lateCleanups()
	hide()
	clearStack(50)
}
