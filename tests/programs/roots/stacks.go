package main

import (
	"reflect"
	"unsafe"
)

func liveLocal() {
	p := made("live local", true, "main.liveLocal")
	use(p)
	park()
	use(p)
}

func deadLocal() {
	p := made("dead local", false, "main.deadLocal")
	use(p)
	use(p)
	park()
}

// deadThenLive has a variable of each kind: only the map of this very place tells them apart.
func deadThenLive() {
	first := made("dead of two", false, "main.deadThenLive")
	second := made("live of two", true, "main.deadThenLive")
	use(first)
	use(second)
	park()
	use(second)
}

func argument() {
	takes(made("argument in a register", true, "main.takes"))
}

//go:noinline
func takes(p *node) {
	park()
	use(p)
}

func manyArguments() {
	p := made("arguments on the stack", true, "main.takesMany")
	dead := made("dead argument on the stack", false, "main.takesMany")
	takesMany(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, [2]*node{dead, p}, 11)
}

//go:noinline
func takesMany(a, b, c, d, e, f, g, h, i, j int, nodes [2]*node, k int) {
	use(nodes[0])
	kept := nodes[1]
	sink += uint64(a + b + c + d + e + f + g + h + i + j + k)
	park()
	use(kept)
}

//go:noinline
func fill(array *[4]*node, name string, live bool, holder string) {
	array[2] = made(name, live, holder)
}

//go:noinline
func sum(array *[4]*node) {
	for _, p := range array {
		use(p)
	}
}

func stackArray() {
	var array [4]*node
	fill(&array, "stack object", true, "main.stackArray")
	park()
	sum(&array)
}

func deadStackArray() {
	var array [4]*node
	fill(&array, "dead stack object", false, "main.deadStackArray")
	sum(&array)
	park()
}

// link is on the stack and points on to another on the stack.
type link struct {
	next *link
	item *node
	size int
}

//go:noinline
func follow(l *link) {
	for ; l != nil; l = l.next {
		use(l.item)
	}
}

func chain() {
	last := link{item: made("end of a chain of stack objects", true, "main.chain")}
	middle := link{next: &last}
	first := &link{next: &middle}
	follow(first)
	park()
	follow(first)
}

type stringer interface{ text() *node }

type boxed struct{ p *node }

func (b *boxed) text() *node { return b.p }

//go:noinline
func asString(name, holder string) string {
	raw := make([]byte, 100+serial/(1<<40))
	raw[7] = 'x'
	say(name, unsafe.Pointer(&raw[0]), true, holder, "goroutine")
	return unsafe.String(&raw[0], len(raw))
}

//go:noinline
func asSlice(name, holder string) []uint64 {
	raw := make([]uint64, 40+serial/(1<<40))
	say(name, unsafe.Pointer(&raw[0]), true, holder, "goroutine")
	return raw[3:7]
}

//go:noinline
func asInterface(name, holder string) stringer {
	b := &boxed{}
	say(name, unsafe.Pointer(b), true, holder, "goroutine")
	return b
}

//go:noinline
func asMap(name, holder string) map[string]*node {
	table := map[string]*node{}
	say(name, *(*unsafe.Pointer)(unsafe.Pointer(&table)), true, holder, "goroutine")
	for i := 0; i < 20; i++ {
		table[string(rune('a'+i))] = nil
	}
	return table
}

func mixed() {
	text := asString("string", "main.mixed")
	slice := asSlice("slice from its third element on", "main.mixed")
	iface := asInterface("interface", "main.mixed")
	table := asMap("map", "main.mixed")
	park()
	sink += uint64(text[7]) + slice[0] + uint64(len(table))
	use(iface.text())
}

//go:noinline
func call(f func()) {
	park()
	f()
}

// closures has a closure on the stack that captures a node by value.
func closures() {
	p := made("captured by a closure on the stack", true, "main.closures")
	call(func() { use(p) })
}

func openDefers() {
	p := made("captured by an open-coded defer", true, "main.openDefers")
	defer func() { use(p) }()
	park()
}

func loopDefers() {
	for i := 0; i < 3; i++ {
		p := newNode()
		f := func() { use(p) }
		closure := *(*unsafe.Pointer)(unsafe.Pointer(&f))
		say("defer in a loop "+string(rune('0'+i)), closure, true, "deferred calls", "goroutine")
		defer f()
	}
	park()
}

func panicking() {
	defer func() {
		park()
		recover()
	}()
	p := made("value of a panic", true, "runtime.gopanic")
	panic(p)
}

var zero *node

//go:noinline
func faultIn(p *node, q *node) {
	defer func() {
		park()
		recover()
	}()
	q.next = p
	use(p)
}

// faulting is stopped by a signal: the frame goes on where its deferred calls have run, p is not used there.
func faulting() {
	p := made("dead in a frame that faulted", false, "main.faulting")
	use(p)
	faultIn(p, zero)
}

//go:noinline
func fault(p, q *node) {
	use(p)
	q.next = p
	use(p)
}

// faultingWithoutDefer has the fault in a frame that never runs again.
func faultingWithoutDefer() {
	kept := made("live above a fault", true, "main.faultingWithoutDefer")
	defer func() {
		recover()
		use(kept)
	}()
	defer func() { park() }()
	fault(made("dead in a frame that never goes on", false, "main.fault"), zero)
}

func makeFunc() {
	kind := reflect.TypeOf(func(*node, [3]*node) *node { return nil })
	f := reflect.MakeFunc(kind, func(args []reflect.Value) []reflect.Value {
		park()
		return args[:1]
	})
	p := made("argument of a made function", true, "reflect.makeFuncStub")
	q := made("stack argument of a made function", true, "reflect.makeFuncStub")
	use(f.Interface().(func(*node, [3]*node) *node)(p, [3]*node{nil, q, nil}))
}

type receiver struct{ p *node }

//go:noinline
func (r *receiver) Method(p *node, q [3]*node) *node {
	kept := q[1]
	park()
	use(kept)
	return p
}

func methodValue() {
	r := &receiver{}
	f := reflect.ValueOf(r).Method(0).Interface().(func(*node, [3]*node) *node)
	p := made("argument of a method value", true, "main.(*receiver).Method")
	q := made("stack argument of a method value", true, "main.(*receiver).Method")
	use(f(p, [3]*node{nil, q, nil}))
}

func sending() {
	pipe := make(chan *node)
	p := made("being sent", true, "main.sending")
	parked.Done()
	pipe <- p
}

func selecting() {
	first, second := make(chan *node), make(chan *node)
	p := made("being sent by select", true, "main.selecting")
	parked.Done()
	select {
	case first <- p:
	case second <- nil:
	}
}

// deep has a node in each of 5,000 frames.
func deep() {
	recurse(5000)
}

//go:noinline
func recurse(depth int) uint64 {
	p := newNode()
	if depth%500 == 0 {
		say("recursion "+string(rune('a'+depth/500)), unsafe.Pointer(p), true, "main.recurse", "goroutine")
	}
	if depth == 0 {
		park()
		return p.id
	}
	found := recurse(depth - 1)
	use(p)
	return found
}

type pair struct {
	number int
	p      *node
	rest   [6]int
}

//go:noinline
func pairOf(p *node) pair { return pair{number: 1, p: p} }

//go:noinline
func usePair(p pair) { use(p.p) }

func byValue() {
	value := pairOf(made("field of a struct on the stack", true, "main.byValue"))
	park()
	usePair(value)
}

//go:noinline
func results() (a, b *node, rest [4]*node) {
	rest[1] = made("in a named result", true, "main.results")
	defer func() { use(rest[1]) }()
	park()
	return
}

func resultSlot() {
	_, _, rest := results()
	use(rest[1])
}

// bigFrame has more words than fit into one byte of a bitmap.
func bigFrame() {
	var array [300]*node
	array[7] = made("low in a big frame", true, "main.bigFrame")
	array[299] = made("high in a big frame", true, "main.bigFrame")
	parkWith(&array)
	use(array[7])
	use(array[299])
}

//go:noinline
func parkWith(array *[300]*node) {
	park()
	use(array[150])
}

// wide is described by a GC program where the version has those.
type wide struct {
	head int
	body [5000]struct {
		number int
		p      *node
	}
}

//go:noinline
func parkWide(w *wide) {
	park()
	use(w.body[1].p)
}

func programMask() {
	var w wide
	w.body[0].p = made("first of a wide stack object", true, "main.programMask")
	w.body[4321].p = made("far in a wide stack object", true, "main.programMask")
	w.body[4321].number = 5
	parkWide(&w)
	use(w.body[4321].p)
}

// dynamicFrame holds a pointer in an interface that is itself a stack object.
func dynamicFrame() {
	var value any = made("in an interface on the stack", true, "main.dynamicFrame")
	hold(&value)
	park()
	hold(&value)
}

//go:noinline
func hold(value *any) {
	if p, ok := (*value).(*node); ok {
		use(p)
	}
}
