package main

import (
	"fmt"
	"unsafe"
)

// The set "victims": maps that the command "corrupt" breaks, each in one place, as a data race or a stray write would.

// damage is one way to break a map. Its harm function returns where: table, bucket or group, and slot; -1 where the
// damage has no such place.
type damage struct {
	name string
	make func() map[int]int
	harm func(header unsafe.Pointer) place
}

type place struct {
	table, unit, slot int
}

// nowhere is the place of damage to the header or to a table, not to a slot.
var nowhere = place{-1, -1, -1}

var victims []map[int]int

func makeVictims() {
	for i := range damages {
		m := damages[i].make()
		victims = append(victims, m)
		add("victim: "+damages[i].name, m, "main.victims[...]")
	}
}

func corrupt() {
	for i, m := range victims {
		at := damages[i].harm(pointer(headerOf(m)))
		fmt.Printf(`{"record":"corrupt","label":%s,"addr":%d,"table":%d,"unit":%d,"slot":%d}`+"\n",
			quote("victim: "+damages[i].name), headerOf(m), at.table, at.unit, at.slot)
	}
	fmt.Println("READY")
}

func victim(n int) func() map[int]int { return func() map[int]int { return intMap(n) } }
