package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"unsafe"
)

// The set "looks": structures that are no maps but look like map headers: the same size, the same pointer mask,
// plausible values. The type order is laid out in looks_classic.go and looks_swiss.go.
//
// Some are reached by a typed path, which proves that they are no maps even where their bytes are those of a real
// header. The others (held without a type, or by nothing any more) break some rule that every map keeps.

type look struct {
	addr uintptr
	kind string
}

var (
	gOrders []*order         // typed
	gMass   []*order         // typed, many
	gRaw    []unsafe.Pointer // untyped
	looks   []look
)

func makeLooks() {
	elsewhere(typedLooks)
	elsewhere(massLooks)
	for i := 0; i < 200; i++ {
		number := i
		elsewhere(func() { untypedLooks(number) })
	}
	elsewhere(droppedLooks)
}

func printLooks(out *bufio.Writer) {
	for _, l := range looks {
		fmt.Fprintf(out, `{"record":"look","addr":%d,"kind":%s}`+"\n", l.addr, quote(l.kind))
	}
}

func see(o *order, kind string) *order {
	looks = append(looks, look{uintptr(unsafe.Pointer(o)), kind})
	return o
}

// typedLooks copies the headers of real maps, byte for byte, and adds what an empty map looks like.
func typedLooks() {
	for _, e := range registry {
		if e.onStack || e.mayDie {
			continue
		}
		o := new(order)
		*(*[headerSize]byte)(unsafe.Pointer(o)) = *(*[headerSize]byte)(pointer(e.addr))
		gOrders = append(gOrders, see(o, "typed: copy of the header of "+e.label))
	}
	for i := 0; i < 100; i++ {
		o := new(order)
		o.code = uint32(i * 7919)
		gOrders = append(gOrders, see(o, "typed: like an empty map"))
	}
}

// massLooks fills the heap with linked structures of plausible values.
func massLooks() {
	random := rand.New(rand.NewSource(1))
	for i := 0; i < 20000; i++ {
		o := new(order)
		o.randomize(random, gMass)
		gMass = append(gMass, see(o, "typed: random"))
	}
}

// untypedLooks makes one structure for each rule that it breaks, held by an unsafe.Pointer.
func untypedLooks(int) {
	for i := range broken {
		o := new(order)
		broken[i].make(o)
		gRaw = append(gRaw, unsafe.Pointer(see(o, "untyped: "+broken[i].rule)))
	}
}

// droppedLooks makes structures that nothing holds any more.
func droppedLooks() {
	random := rand.New(rand.NewSource(2))
	var chain []*order
	for i := 0; i < 3000; i++ {
		o := new(order)
		o.randomize(random, chain)
		chain = append(chain, see(o, "dropped: random"))
	}
	for i := range broken {
		for n := 0; n < 20; n++ {
			gDroppedLook = see(new(order), "dropped: "+broken[i].rule)
			broken[i].make(gDroppedLook)
		}
	}
	gDroppedLook = nil
}

var gDroppedLook *order

// bytesOf allocates n bytes without pointers that begin with the bytes given.
func bytesOf(n int, first ...byte) *blob {
	memory := make([]byte, n)
	copy(memory, first)
	return (*blob)(unsafe.Pointer(&memory[0]))
}

// inside points into the middle of an object.
func inside(n int, first ...byte) *blob {
	memory := make([]byte, n+64)
	copy(memory[64:], first)
	return (*blob)(unsafe.Pointer(&memory[64]))
}

type blob [16]byte
