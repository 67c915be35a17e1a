package main

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"
)

type wideKey struct {
	p *leaf
	x [20]uint64
}

var (
	gMaps      []map[string]*leaf
	gIntMaps   []map[uint64]uint64
	gSets      []map[uint32]struct{}
	gIndirect  map[wideKey][200]byte
	gIndirect2 map[string][40]*leaf
	gAnyMap    map[any]any
	gNestedMap map[string]map[string][]*leaf
	gGrowing   map[uint64]*leaf
	gHollow    map[string]*leaf
	gSyncMap   sync.Map
	gPool      sync.Pool
)

func makeMaps() {
	sizes := []int{0, 1, 7, 8, 9, 13, 14, 15, 52, 53, 100, 896, 897, 1000, 5000}
	for _, n := range sizes {
		m, numbers, set := map[string]*leaf{}, map[uint64]uint64{}, make(map[uint32]struct{}, n)
		for i := 0; i < n; i++ {
			m[fmt.Sprintf("key number %d", i)] = newLeaf(i)
			numbers[uint64(i)] = uint64(i)
			set[uint32(i)] = struct{}{}
		}
		gMaps, gIntMaps, gSets = append(gMaps, m), append(gIntMaps, numbers), append(gSets, set)
		object(fmt.Sprint("map of ", n), *(*unsafe.Pointer)(unsafe.Pointer(&m)), "map", "map[string]*main.leaf", 0, "main.gMaps[...]")
		object(fmt.Sprint("map of numbers ", n), *(*unsafe.Pointer)(unsafe.Pointer(&numbers)), "map", "map[uint64]uint64", 0, "main.gIntMaps[...]")
	}
	gIndirect, gIndirect2, gAnyMap, gNestedMap = map[wideKey][200]byte{}, map[string][40]*leaf{}, map[any]any{}, map[string]map[string][]*leaf{}
	for i := 0; i < 60; i++ {
		gIndirect[wideKey{p: newLeaf(i)}] = [200]byte{1}
		gIndirect2[strings.Repeat("k", i+1)] = [40]*leaf{39: newLeaf(i)}
		gAnyMap[fmt.Sprint("any ", i)] = boxed{p: newLeaf(i)}
		gAnyMap[i] = newLeaf(i)
		gAnyMap[direct{newLeaf(i)}] = "text"
		inner := map[string][]*leaf{}
		for j := 0; j < i; j++ {
			inner[fmt.Sprint("inner ", j)] = []*leaf{newLeaf(j)}
		}
		gNestedMap[fmt.Sprint("outer ", i)] = inner
	}
	gGrowing = map[uint64]*leaf{}
	for i := uint64(0); i < 13*512+1; i++ { // classic maps: old buckets and new ones at once
		gGrowing[i] = newLeaf(int(i))
	}
	gHollow = map[string]*leaf{}
	for i := 0; i < 4000; i++ {
		gHollow[fmt.Sprint("gone ", i)] = newLeaf(i)
	}
	for i := 10; i < 4000; i++ {
		delete(gHollow, fmt.Sprint("gone ", i))
	}
	for i := 0; i < 1000; i++ {
		gSyncMap.Store(fmt.Sprint("sync ", i), newLeaf(i))
		if i%3 == 0 {
			gSyncMap.Load(fmt.Sprint("sync ", i/2))
		}
		if i%5 == 0 {
			gSyncMap.Delete(fmt.Sprint("sync ", i))
		}
	}
	gPool.New = func() any { return new(boxed) }
	for i := 0; i < 10; i++ {
		gPool.Put(&boxed{p: newLeaf(i)})
	}
}
