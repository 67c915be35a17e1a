// A ring of 64 unsafe.Pointer: does a task that goes through it stay off the heap, and does the collector leave the
// ring alone? Beside it a ring of uintptr, which the collector really does not look into, and a ring of values.
package main

import (
	"runtime"
	"time"
	"unsafe"
)

type task struct {
	id   int
	args [6]int
}

type pointerRing struct {
	slot       [64]unsafe.Pointer
	head, tail uint64
}

//go:noinline
func (r *pointerRing) push(t unsafe.Pointer) { r.slot[r.tail%64] = t; r.tail++ }

//go:noinline
func (r *pointerRing) pop() unsafe.Pointer { r.head++; return r.slot[(r.head-1)%64] }

type numberRing struct {
	slot       [64]uintptr
	head, tail uint64
}

//go:noinline
func (r *numberRing) push(t uintptr) { r.slot[r.tail%64] = t; r.tail++ }

type valueRing struct {
	slot       [64]task
	head, tail uint64
}

//go:noinline
func (r *valueRing) push(t task) { r.slot[r.tail%64] = t; r.tail++ }

//go:noinline
func (r *valueRing) pop() task { r.head++; return r.slot[(r.head-1)%64] }

var sum int

// through sends tasks that are local variables through each kind of ring.
func through(rounds int, way string) {
	var pointers pointerRing
	var values valueRing
	for i := 0; i < rounds; i++ {
		switch way {
		case "unsafe.Pointer":
			each := task{id: i}
			pointers.push(unsafe.Pointer(&each))
			sum += (*task)(pointers.pop()).id
		case "values":
			values.push(task{id: i})
			sum += values.pop().id
		}
	}
}

// allocations returns how many objects and bytes a task costs.
func allocations() {
	for _, way := range []string{"unsafe.Pointer", "values"} {
		const rounds = 10000
		through(10, way)
		_, objects := allocatedBy(func() { through(rounds, way) })
		// A handful of objects of the runtime's own are no object a task.
		emit(way, "objects_a_task", float64(objects/(rounds/10))/10, "1")
	}
	if sum == 0 {
		panic("nothing went through")
	}
}

// scannable returns the bytes of the heap that the collector had to look through in its last cycle.
func scannable() float64 {
	runtime.GC()
	return metric("/gc/scan/heap:bytes")
}

var (
	pointerRings []*pointerRing
	numberRings  []*numberRing
)

// scanned returns what the slots of a thousand rings add to the bytes that the collector scans, for each ring.
func scanned() {
	const rings = 1000
	pointerRings, numberRings = make([]*pointerRing, rings), make([]*numberRing, rings)
	start := scannable()
	for i := range pointerRings {
		pointerRings[i] = new(pointerRing)
	}
	emit("unsafe.Pointer", "scanned_a_ring", (scannable()-start)/rings, "bytes")
	start = scannable()
	for i := range numberRings {
		numberRings[i] = new(numberRing)
	}
	emit("uintptr", "scanned_a_ring", (scannable()-start)/rings, "bytes")
	runtime.KeepAlive(pointerRings)
	runtime.KeepAlive(numberRings)
}

// kept tells whether a task that only a ring knows outlives a collection.
func kept() {
	pointers, numbers := new(pointerRing), new(numberRing)
	gone := make(chan string, 2)
	func() {
		first, second := &task{id: 1}, &task{id: 2}
		runtime.SetFinalizer(first, func(*task) { gone <- "unsafe.Pointer" })
		runtime.SetFinalizer(second, func(*task) { gone <- "uintptr" })
		pointers.push(unsafe.Pointer(first))
		numbers.push(uintptr(unsafe.Pointer(second)))
	}()
	freed := map[string]bool{}
	for n := 0; n < 5; n++ {
		runtime.GC()
		select {
		case name := <-gone:
			freed[name] = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	truth("unsafe.Pointer", "kept_alive", !freed["unsafe.Pointer"])
	truth("uintptr", "kept_alive", !freed["uintptr"])
	runtime.KeepAlive(pointers)
	runtime.KeepAlive(numbers)
}

func main() { lab(map[string]func(){"main": func() { allocations(); scanned(); kept() }}) }
