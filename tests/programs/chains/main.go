// Command chains holds maps at the ends of long ways: lists, trees and rings of many nodes.
//
// It prints one line of JSON, {"pid":..., "chains": {name: [header addresses]}}, and waits for the end of its input.
package main

import (
	"container/list"
	"container/ring"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"unsafe"
)

const (
	long  = 200_000
	other = 20_000
)

type single struct {
	tags map[string]int
	next *single
}

type double struct {
	prev, next *double
	tags       map[int]int
}

type tree struct {
	left, right *tree
	tags        map[int32]string
}

type link struct {
	id   int
	tags map[byte]byte
	next *link
}

// large nodes have a malloc header in front of them.
type large struct {
	pad  [80]uintptr
	next *large
	tags map[uint16]bool
	ends *[4]byte
}

type entry struct {
	key  string
	tags map[string]string
}

type store struct {
	recent *list.List
	byKey  map[string]*list.Element
}

type through interface{ behind() through }

type boxed struct {
	next through
	tags map[int8]int8
}

func (b *boxed) behind() through { return b.next }

var (
	singles *single
	doubles *double
	deep    *tree
	bushy   *tree
	circle  *link
	larges  *large
	cache   store
	boxes   through
	rings   *ring.Ring
)

var chains = map[string][]uintptr{}

func keep[K comparable, V any](name string, m map[K]V) map[K]V {
	chains[name] = append(chains[name], *(*uintptr)(unsafe.Pointer(&m)))
	return m
}

func main() {
	for i := 0; i < long; i++ {
		singles = &single{keep("singles", map[string]int{"x": i}), singles}
	}
	for i := 0; i < other; i++ {
		node := &double{next: doubles, tags: keep("doubles", map[int]int{i: i})}
		if doubles != nil {
			doubles.prev = node
		}
		doubles = node
	}
	for i := 0; i < other; i++ {
		deep = &tree{left: deep, tags: keep("deep", map[int32]string{int32(i): ""})}
		if i%3 == 0 {
			deep.left, deep.right = deep.right, deep.left
		}
	}
	bushy = grow(14)
	last := &link{tags: keep("circle", map[byte]byte{1: 1})}
	circle = last
	for i := 1; i < other; i++ {
		circle = &link{i, keep("circle", map[byte]byte{byte(i): 1}), circle}
	}
	last.next = circle
	for i := 0; i < other; i++ {
		larges = &large{next: larges, tags: keep("larges", map[uint16]bool{uint16(i): true})}
	}
	cache = store{list.New(), keep("index", make(map[string]*list.Element))}
	for i := 0; i < other; i++ {
		key := fmt.Sprint(i)
		cache.byKey[key] = cache.recent.PushFront(&entry{key, keep("entries", map[string]string{key: ""})})
	}
	for i := 0; i < other; i++ {
		boxes = &boxed{boxes, keep("boxes", map[int8]int8{int8(i): 1})}
	}
	rings = ring.New(other)
	for i := 0; i < other; i++ {
		rings.Value = keep("rings", map[float64]int{float64(i): i})
		rings = rings.Next()
		circle.id = int(uintptr(unsafe.Pointer(rings))) // a number, even if it equals an address of another chain's
		circle = circle.next
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"pid": os.Getpid(), "chains": chains})
	io.Copy(io.Discard, os.Stdin)
}

func grow(depth int) *tree {
	if depth == 0 {
		return nil
	}
	return &tree{grow(depth - 1), grow(depth - 1), keep("bushy", map[int32]string{int32(depth): "x"})}
}
