package main

import "strconv"

// Shapes that come from what was done to the map: growth under way, deletes, clear, overflow.

func shapesGrowing() {
	s := &shapes
	s.growing, s.growingHalf = intMap(400), intMap(3000)
	insertUntil(s.growing, 400, growing, same)
	insertUntil(s.growingHalf, 3000, halfMoved, same)
	s.growingStrings, s.growingHalfStrings = map[string]string{}, map[string]string{}
	insert(s.growingStrings, 0, 3000, name, name)
	insertUntil(s.growingStrings, 3000, growing, name)
	insert(s.growingHalfStrings, 0, 6000, name, name)
	insertUntil(s.growingHalfStrings, 6000, halfMoved, name)
	k200 := func(i int) key200 { return key200{a: [100]byte{byte(i), byte(i >> 8)}} }
	s.growingIndirect = map[key200]elem136{}
	insert(s.growingIndirect, 0, 100, k200, zero[elem136])
	insertUntil(s.growingIndirect, 100, halfMoved, k200)
	s.growingSmall = map[int64]bool{}
	insertUntil(s.growingSmall, 0, growing, func(i int) int64 { return int64(i) })
	s.growingWideElems = map[int][13]uint64{}
	insert(s.growingWideElems, 0, 200, same, zero[[13]uint64])
	insertUntil(s.growingWideElems, 200, growing, same)
	shape("growing", s.growing)
	shape("growingHalf", s.growingHalf)
	shape("growingStrings", s.growingStrings)
	shape("growingHalfStrings", s.growingHalfStrings)
	shape("growingIndirect", s.growingIndirect)
	shape("growingSmall", s.growingSmall)
	shape("growingWideElems", s.growingWideElems)
}

// fillAndEmpty inserts and deletes ever new keys, just below the load that makes the map grow, until a classic map has
// as many overflow buckets as buckets and moves to a new array of the same size. A Swiss map gathers tombstones.
func fillAndEmpty[K comparable, V any](m map[K]V, key func(int) K) int {
	const most = 6*64 - 4 // 64 buckets grow beyond 6.5*64 = 416 entries, in Go 1.21 beyond 6*64
	var elem V
	next := 0
	for round := 0; round < 400; round++ {
		for i := 0; i < most; i++ {
			m[key(next)] = elem
			next++
			if growingSameSize(headerOf(m)) && round > 0 {
				return next
			}
		}
		for i := next - most; i < next; i++ {
			delete(m, key(i))
		}
	}
	fatal("the map never grew to the same size")
	return 0
}

// scattered are ints that differ in all bytes. arm64's AES hash spreads consecutive ints so evenly that no bucket ever
// overflows.
func scattered(i int) int { return int(uint64(i) * 0x9e3779b97f4a7c15) }

func shapesSameSize() {
	s := &shapes
	s.sameSize, s.sameSizeDone = map[int]int{}, map[int]int{}
	fillAndEmpty(s.sameSize, scattered)
	settle(s.sameSizeDone, scattered)
	s.sameSizeStrings, s.sameSizeStringsDone = map[string]string{}, map[string]string{}
	fillAndEmpty(s.sameSizeStrings, name)
	settle(s.sameSizeStringsDone, name)
	shape("sameSize", s.sameSize)
	shape("sameSizeDone", s.sameSizeDone)
	shape("sameSizeStrings", s.sameSizeStrings)
	shape("sameSizeStringsDone", s.sameSizeStringsDone)
}

// settle goes through growth to the same size and ends it.
func settle[K comparable, V any](m map[K]V, key func(int) K) {
	next := fillAndEmpty(m, key)
	var elem V
	for i := 0; i < 2000; i++ { // each write or delete moves two old buckets
		m[key(next)] = elem
		delete(m, key(next))
	}
	if mapKind == "classic" && growing(headerOf(m)) {
		fatal("growth to the same size did not end")
	}
}

func shapesDeleted() {
	s := &shapes
	s.deleted, s.deletedAll, s.deletedRefilled = intMap(5000), intMap(5000), intMap(5000)
	for i := 0; i < 5000; i++ {
		if i%5 != 0 {
			delete(s.deleted, i)
		}
		delete(s.deletedAll, i)
		delete(s.deletedRefilled, i)
	}
	insert(s.deletedRefilled, 100000, 700, same, same)
	s.deletedStrings = map[string]string{}
	insert(s.deletedStrings, 0, 1200, name, name)
	for i := 600; i < 1200; i++ {
		delete(s.deletedStrings, name(i))
	}
	s.deletedSmall = counted(8)
	delete(s.deletedSmall, name(3))
	delete(s.deletedSmall, name(4))
	shape("deleted", s.deleted)
	shape("deletedAll", s.deletedAll)
	shape("deletedRefilled", s.deletedRefilled)
	shape("deletedStrings", s.deletedStrings)
	shape("deletedSmall", s.deletedSmall)
}

func shapesCleared() {
	s := &shapes
	s.cleared, s.clearedSmall, s.clearedRefilled = map[int]string{}, map[int]string{}, map[int]string{}
	insert(s.cleared, 0, 4000, same, name)
	clear(s.cleared)
	insert(s.clearedSmall, 0, 6, same, name)
	clear(s.clearedSmall)
	insert(s.clearedRefilled, 0, 4000, same, name)
	clear(s.clearedRefilled)
	insert(s.clearedRefilled, 9000, 300, same, name)
	s.clearedNoPointers = map[uint64]uint64{}
	insert(s.clearedNoPointers, 0, 2000, func(i int) uint64 { return uint64(i) }, zero[uint64])
	clear(s.clearedNoPointers)
	s.clearedGrowing = intMap(1500)
	insertUntil(s.clearedGrowing, 1500, halfMoved, same)
	clear(s.clearedGrowing)
	insert(s.clearedGrowing, 0, 30, same, same)
	shape("cleared", s.cleared)
	shape("clearedSmall", s.clearedSmall)
	shape("clearedRefilled", s.clearedRefilled)
	shape("clearedNoPointers", s.clearedNoPointers)
	shape("clearedGrowing", s.clearedGrowing)
}

// shapesOverflow makes classic maps use their preallocated overflow buckets (from B = 4 on) and more.
func shapesOverflow() {
	s := &shapes
	s.overflow, s.overflowPointers = map[uint16]uint8{}, map[int]*int{}
	insert(s.overflow, 0, 6100, func(i int) uint16 { return uint16(i) }, zero[uint8])
	insert(s.overflowPointers, 0, 3050, same, zero[*int])
	s.iterated = map[int]string{}
	insert(s.iterated, 0, 1000, same, name)
	n := 0
	for i := range s.iterated {
		if n++; n%2 == 0 {
			delete(s.iterated, i)
			s.iterated[i+2000] = strconv.Itoa(i)
		}
	}
	s.copied = map[string]int{}
	for k, v := range counted(900) {
		s.copied[k] = v
	}
	shape("overflow", s.overflow)
	shape("overflowPointers", s.overflowPointers)
	shape("iterated", s.iterated)
	shape("copied", s.copied)
}
