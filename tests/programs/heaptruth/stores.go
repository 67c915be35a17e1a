package main

import (
	"fmt"
	"unsafe"
)

// item is one thing in a store: 512 bytes, the largest size whose slots have no malloc header.
type item struct {
	next    *item
	shared  *leaf
	payload [62]uint64
}

// Store holds exactly so many items, and nothing else does.
type Store struct {
	items []*item
	name  *[64]byte
	id    uint64
	_     [3]uint64 // 64 bytes in all
}

var (
	gStore   *Store
	gStores  map[int]*Store
	gChain   *node
	gTree    *branch
	gDiamond *branch
	gShared  *leaf
	gBack    struct{ a, b *node }
)

const (
	itemBytes   = 512
	storeBytes  = 64
	chainNodes  = 100_000
	nodeBytes   = 16
	treeDepth   = 15
	branchBytes = 24
)

func newStore(n int, id int, shared *leaf) *Store {
	s := &Store{items: make([]*item, n), name: new([64]byte), id: uint64(id)}
	for i := range s.items {
		s.items[i] = &item{shared: shared}
	}
	return s
}

// makeStores makes what holds a known number of objects of known size alone. All sizes are those of size classes.
func makeStores() {
	if unsafe.Sizeof(item{}) != itemBytes || unsafe.Sizeof(Store{}) != storeBytes {
		panic("sizes")
	}
	gShared = newLeaf(1)
	// 63 pointers: 504 bytes, in a slot of 512 with and without bitmaps in the span.
	gStore = newStore(63, 1, gShared)
	bytes := storeBytes + 512 + 64 + 63*itemBytes
	object("store", unsafe.Pointer(gStore), "new", "main.Store", storeBytes, "main.gStore")
	retained("store", unsafe.Pointer(gStore), 1+1+1+63, bytes)
	path("item", unsafe.Pointer(gStore.items[7]), "main.gStore.items[7]")
	object("item", unsafe.Pointer(gStore.items[7]), "new", "main.item", itemBytes, "main.gStore.items[...]")
	retained("item", unsafe.Pointer(gStore.items[7]), 1, itemBytes)
	retained("shared", unsafe.Pointer(gShared), 1, 24) // every item holds it as well as a global
	gStores = map[int]*Store{}
	for i := 0; i < 30; i++ {
		gStores[i] = newStore(63, i, nil)
		gStores[i].items[1].next = &item{}
		object(fmt.Sprint("store ", i), unsafe.Pointer(gStores[i]), "new", "main.Store", storeBytes, "main.gStores[...]")
		object(fmt.Sprint("item of store ", i), unsafe.Pointer(gStores[i].items[5]), "new", "main.item", itemBytes, "main.gStores[...].items[...]")
		retained(fmt.Sprint("store ", i), unsafe.Pointer(gStores[i]), 1+1+1+63+1, bytes+itemBytes)
		retained(fmt.Sprint("item with a next of store ", i), unsafe.Pointer(gStores[i].items[1]), 2, 2*itemBytes)
	}
	makeLinked()
}

func makeLinked() {
	nodes, depth := chainNodes, treeDepth
	if *flagFew {
		nodes, depth = 2000, 8
	}
	for i := 0; i < nodes; i++ {
		gChain = &node{gChain, uint64(i)}
	}
	object("chain", unsafe.Pointer(gChain), "new", "main.node", nodeBytes, "main.gChain")
	retained("chain", unsafe.Pointer(gChain), nodes, nodes*nodeBytes)
	path("third of the chain", unsafe.Pointer(gChain.next.next), "main.gChain.next.next")
	half := gChain
	for i := 0; i < nodes/2; i++ {
		half = half.next
	}
	retained("half the chain", unsafe.Pointer(half), nodes-nodes/2, (nodes-nodes/2)*nodeBytes)
	gTree = tree(depth)
	all := 1<<(depth+1) - 1
	retained("tree", unsafe.Pointer(gTree), all, all*branchBytes)
	retained("left half of the tree", unsafe.Pointer(gTree.left), all/2, all/2*branchBytes)
	path("left right of the tree", unsafe.Pointer(gTree.left.right), "main.gTree.left.right")
	object("tree", unsafe.Pointer(gTree), "new", "main.branch", branchBytes, "main.gTree")
	// A diamond: what both sides hold belongs to the top.
	bottom := &branch{left: tree(3)}
	gDiamond = &branch{left: &branch{left: bottom}, right: &branch{right: bottom}}
	retained("diamond", unsafe.Pointer(gDiamond), 4+15, 19*branchBytes)
	retained("side of the diamond", unsafe.Pointer(gDiamond.left), 1, branchBytes)
	retained("bottom of the diamond", unsafe.Pointer(bottom), 1+15, 16*branchBytes)
	// Two globals point into one circle at two places: neither holds it alone.
	first, second := &node{n: 1}, &node{n: 2}
	first.next, second.next = &node{second, 3}, &node{first, 4}
	gBack.a, gBack.b = first, second
	retained("circle from two sides", unsafe.Pointer(first), 2, 2*nodeBytes)
}

func tree(depth int) *branch {
	if depth == 0 {
		return &branch{n: 1}
	}
	return &branch{tree(depth - 1), tree(depth - 1), uint64(depth)}
}
