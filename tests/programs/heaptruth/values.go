package main

import (
	"container/list"
	"container/ring"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// node is a link of 16 bytes.
type node struct {
	next *node
	n    uint64
}

// branch is a node of a binary tree: 24 bytes.
type branch struct {
	left, right *branch
	n           uint64
}

// boxed is too large for an interface's data word: it is put into an object of its own.
type boxed struct {
	p *leaf
	n [4]uint64
}

// direct is a struct that is one pointer: an interface holds the pointer itself.
type direct struct{ p *leaf }

type namer interface{ name() string }

func (b boxed) name() string    { return "boxed" }
func (d direct) name() string   { return "direct" }
func (l *leaf) name() string    { return "leaf" }
func (f function) name() string { return "function" }

type function func() uint64

type ringBuffer struct {
	slots      []*leaf
	head, used int
}

type withEmpty struct {
	p *leaf
	_ struct{}
}

type generic[K comparable, V any] struct {
	key   K
	value V
	next  *generic[K, V]
}

var (
	gTiny      []*uint8
	gTinyText  []string
	gWhole     string
	gParts     []string
	gInner     []byte
	gField     *uint64
	gElement   *tail
	gNested    [][][]*leaf
	gAny       []any
	gNamers    []namer
	gBoxed     any
	gDirect    any
	gClosure   func() uint64
	gClosures  []func() uint64
	gMethod    func() string
	gChan      chan *leaf
	gStructs   chan tail
	gNumbers   chan uint64
	gEmpty     chan struct{}
	gWrapped   chan *leaf // its buffer has gone round
	gAtomic    atomic.Pointer[leaf]
	gValue     atomic.Value
	gUnsafe    unsafe.Pointer
	gRaw       uintptr // no pointer, whatever it holds
	gRing      ringBuffer
	gCircle    *ring.Ring
	gList      *list.List
	gCondition *sync.Cond
	gError     error
	gBuilder   strings.Builder
	gGeneric   *generic[string, *leaf]
	gWithEmpty *withEmpty
	gTable     [1000]*leaf
	gInitial   = [...]*node{{n: 1}, {n: 2}, {n: 3}} // in the data segment; what they point to later is not
	gSpare     []*leaf                              // shorter than its array: what lies behind its end is held too
	gMulti     [3]struct {
		tags  map[string]int
		rows  [2][]*leaf
		inner struct{ deep **leaf }
	}
	gLocked struct {
		sync.RWMutex
		once sync.Once
		byID map[int]*leaf
	}
)

func makeValues() {
	makeTiny()
	makeShared()
	makeInterfaces()
	makeClosures()
	makeChannels()
	makeContainers()
}

func makeTiny() {
	for i := 0; i < 100; i++ {
		tiny := new(uint8)
		*tiny = uint8(i)
		gTiny = append(gTiny, tiny)
		gTinyText = append(gTinyText, strings.Repeat("t", 1+i%15))
	}
	var kept *uint8
	for i := 0; i < 1000; i++ { // of these blocks of 16 bytes, one tiny object each keeps the whole
		tiny := new(uint8)
		if i%64 == 5 {
			kept = tiny
			gTiny = append(gTiny, kept)
		}
	}
}

func makeShared() {
	gWhole = strings.Repeat("shared by many strings, ", 500)
	object("whole string", unsafe.Pointer(unsafe.StringData(gWhole)), "string", "string", uintptr(len(gWhole)), "main.gWhole")
	for i := 0; i < 40; i++ {
		gParts = append(gParts, gWhole[i*100:i*100+9])
	}
	array := make([]byte, 4096)
	gInner = array[1000:1010:1010]
	object("array behind a part", unsafe.Pointer(&array[0]), "array", "uint8", 4096, "main.gInner[...]")
	held := &gap{c: newLeaf(1)}
	gField = &held.y[1]
	note("made", "struct behind a field", unsafe.Pointer(held), "bytes", unsafe.Sizeof(gap{}), "type", "main.gap")
	tails := make([]tail, 50)
	tails[49].s = fmt.Sprint("only an inner element is pointed to: ", len(tails))
	gElement = &tails[20]
	note("made", "array behind an element", unsafe.Pointer(&tails[0]), "bytes", uintptr(50*24), "type", "main.tail")
	gSpare = make([]*leaf, 3, 300)
	gSpare[:300][299] = newLeaf(299)
	object("behind len", unsafe.Pointer(&gSpare[0]), "array", "*main.leaf", 2400, "main.gSpare[...]")
	for i := 0; i < 5; i++ {
		gNested = append(gNested, make([][]*leaf, i+1))
		for j := range gNested[i] {
			gNested[i][j] = []*leaf{newLeaf(i), nil, newLeaf(j)}
		}
	}
	gUnsafe = unsafe.Pointer(newLeaf(3))
	object("unsafe", gUnsafe, "new", "", 24, "main.gUnsafe")
	gAtomic.Store(newLeaf(4))
	object("atomic", unsafe.Pointer(gAtomic.Load()), "new", "main.leaf", 24, "main.gAtomic")
	gValue.Store(boxed{p: newLeaf(5)})
	for i := range gTable {
		if i%7 == 0 {
			gTable[i] = newLeaf(i)
			object(fmt.Sprint("table ", i), unsafe.Pointer(gTable[i]), "new", "main.leaf", 24, "main.gTable[...]")
		}
	}
	for _, n := range gInitial {
		n.next = &node{n: 9}
		note("made", fmt.Sprint("behind static node ", n.n), unsafe.Pointer(n.next), "bytes", unsafe.Sizeof(node{}), "type", "main.node")
	}
	for i := range gMulti {
		gMulti[i].tags = map[string]int{"a": i}
		gMulti[i].rows[1] = []*leaf{newLeaf(i)}
		deep := newLeaf(i)
		gMulti[i].inner.deep = &deep
		object(fmt.Sprint("multi ", i), unsafe.Pointer(&gMulti[i].rows[1][0]), "array", "*main.leaf", 8, "main.gMulti[...].rows[...][...]")
		object(fmt.Sprint("deep ", i), unsafe.Pointer(deep), "new", "main.leaf", 24, "main.gMulti[...].inner.deep")
	}
	gLocked.byID = map[int]*leaf{1: newLeaf(1)}
	gWithEmpty = &withEmpty{p: newLeaf(2)}
	object("ends in an empty field", unsafe.Pointer(gWithEmpty), "new", "main.withEmpty", unsafe.Sizeof(withEmpty{}), "main.gWithEmpty")
}

func makeInterfaces() {
	large := boxed{p: newLeaf(1)}
	gBoxed, gDirect = large, direct{newLeaf(2)}
	type word struct{ typ, data unsafe.Pointer }
	data := func(v *any) unsafe.Pointer { return (*word)(unsafe.Pointer(v)).data }
	object("boxed", data(&gBoxed), "new", "main.boxed", unsafe.Sizeof(boxed{}), "main.gBoxed.(main.boxed)")
	object("direct", data(&gDirect), "new", "main.leaf", 24, "main.gDirect.(main.direct).p")
	for i := 0; i < 10; i++ {
		gAny = append(gAny, newLeaf(i), boxed{p: newLeaf(i)}, 1_000_000+i, fmt.Sprint("boxed string ", i), 3.5+float64(i), nil,
			map[int]int{i: i}, make(chan int, i), func() int { return i }, [2]*leaf{newLeaf(i)}, []int{i}, direct{newLeaf(i)},
			&i, struct{}{}, [1]*leaf{newLeaf(i)}, uint8(i), complex(1, float64(i)), any(newLeaf(i)))
		gNamers = append(gNamers, boxed{p: newLeaf(i)}, direct{newLeaf(i)}, newLeaf(i), function(func() uint64 { return uint64(i) }))
	}
	for i := range gAny {
		switch v := gAny[i].(type) {
		case boxed:
			object(fmt.Sprint("any ", i), data(&gAny[i]), "new", "main.boxed", unsafe.Sizeof(v), "main.gAny[...].(main.boxed)")
		case *leaf:
			object(fmt.Sprint("any ", i), unsafe.Pointer(v), "new", "main.leaf", 24, "main.gAny[...].(*main.leaf)")
		}
	}
	gError = fmt.Errorf("wrapped: %w", errors.Join(errors.New("one"), errors.New("two")))
}

func makeClosures() {
	captured, other := newLeaf(1), newLeaf(2)
	gClosure = func() uint64 { captured.n++; return captured.n + other.n }
	object("captured", unsafe.Pointer(captured), "new", "", 24, "main.gClosure (closure main.makeClosures.func1)")
	for i := 0; i < 20; i++ {
		shared := newLeaf(i)
		count := uint64(i)
		gClosures = append(gClosures, func() uint64 { count++; return count + shared.n }, func() uint64 { shared = shared.p; return count })
	}
	gMethod = newLeaf(3).name
}

func makeChannels() {
	gChan, gStructs, gNumbers, gEmpty, gWrapped = make(chan *leaf, 10), make(chan tail, 6), make(chan uint64, 100), make(chan struct{}, 5), make(chan *leaf, 4)
	for i := 0; i < 5; i++ {
		sent := newLeaf(i)
		gChan <- sent
		object(fmt.Sprint("in a channel ", i), unsafe.Pointer(sent), "new", "main.leaf", 24, "(<-main.gChan)")
		gStructs <- tail{s: fmt.Sprint("text in a channel ", i)}
		gNumbers <- uint64(uintptr(unsafe.Pointer(sent)))
		gEmpty <- struct{}{}
	}
	for i := 0; i < 11; i++ {
		gWrapped <- newLeaf(i)
		if i > 2 {
			<-gWrapped
		}
	}
	object("channel", *(*unsafe.Pointer)(unsafe.Pointer(&gChan)), "chan", "chan *main.leaf", 96, "main.gChan")
}

func makeContainers() {
	gRing.slots = make([]*leaf, 64)
	for i := 0; i < 150; i++ {
		gRing.slots[(gRing.head+gRing.used)%64] = newLeaf(i)
		if gRing.used < 40 {
			gRing.used++
		} else {
			gRing.slots[gRing.head] = nil
			gRing.head = (gRing.head + 1) % 64
		}
	}
	object("ring buffer", unsafe.Pointer(&gRing.slots[0]), "array", "*main.leaf", 512, "main.gRing.slots[...]")
	gCircle = ring.New(50)
	for i := 0; i < 50; i++ {
		gCircle.Value = newLeaf(i)
		gCircle = gCircle.Next()
	}
	gList = list.New()
	for i := 0; i < 100; i++ {
		gList.PushBack(newLeaf(i))
	}
	gCondition = sync.NewCond(&sync.Mutex{})
	for i := 0; i < 100; i++ {
		gBuilder.WriteString("built bit by bit ")
		gGeneric = &generic[string, *leaf]{fmt.Sprint("key ", i), newLeaf(i), gGeneric}
	}
	object("generic", unsafe.Pointer(gGeneric), "new", "main.generic[string,*main.leaf]", unsafe.Sizeof(*gGeneric), "main.gGeneric")
}
