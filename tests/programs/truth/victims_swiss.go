//go:build go1.26 || (go1.24 && goexperiment.swissmap)

package main

import (
	"reflect"
	"unsafe"
)

const intGroup = 8 + 16*groupSlots // bytes of a group of map[int]int, whatever its layout

func octetAt(p unsafe.Pointer, offset int) *byte { return (*byte)(unsafe.Add(p, offset)) }

func tableAt(header unsafe.Pointer, i int) *swissTable {
	return *(**swissTable)(unsafe.Add((*swissMap)(header).dirPtr, i*8))
}

// setSlot overwrites the first control byte, of the groups after the first, that is full (or empty).
func setSlot(full bool, change func(byte) byte) func(unsafe.Pointer) place {
	return func(header unsafe.Pointer) place {
		t := tableAt(header, 0)
		for g := 1; g <= int(t.lengthMask); g++ {
			for i := 0; i < groupSlots; i++ {
				at := octetAt(t.groups, g*intGroup+i)
				if (*at&ctrlEmpty == 0) == full {
					*at = change(*at)
					return place{0, g, i}
				}
			}
		}
		fatal("no slot to break")
		return nowhere
	}
}

// fill marks the first empty slot, of the groups after the first, as full. Its key is zero: nothing was ever deleted
// from the map. The H2 it gets is not that of zero, which is one of the map's keys.
func fill(header unsafe.Pointer) place {
	t := tableAt(header, 0)
	for i := 0; i <= int(t.lengthMask); i++ {
		if h2, found := zerosH2(unsafe.Add(t.groups, i*intGroup)); found {
			return setSlot(false, to(otherHash(h2)))(header)
		}
	}
	fatal("no group holds the key 0")
	return nowhere
}

// fillSmall does the same to the last slot of a small map.
func fillSmall(header unsafe.Pointer) place {
	h2, found := zerosH2((*swissMap)(header).dirPtr)
	if !found {
		fatal("the group does not hold the key 0")
	}
	return setSmallSlot(groupSlots-1, otherHash(h2))(header)
}

// zerosH2 returns the control byte of the slot of a map[int]int's group that holds the key 0.
func zerosH2(group unsafe.Pointer) (byte, bool) {
	typ := (*swissType)(typeWord(reflect.TypeOf(map[int]int{})))
	for i := uintptr(0); i < groupSlots; i++ {
		if ctrl := octet(group, i); ctrl&ctrlEmpty == 0 && word(group, typ.keyAt(i)) == 0 {
			return ctrl, true
		}
	}
	return 0, false
}

// setSmallSlot overwrites a control byte of a small map: its only group needs no number.
func setSmallSlot(slot int, value byte) func(unsafe.Pointer) place {
	return func(header unsafe.Pointer) place {
		*octetAt((*swissMap)(header).dirPtr, slot) = value
		return place{-1, -1, slot}
	}
}

// replaceKey gives a slot the key of another slot of its group that has another H2.
func replaceKey(header unsafe.Pointer) place {
	t := tableAt(header, 0)
	typ := (*swissType)(typeWord(reflect.TypeOf(map[int]int{})))
	for g := 1; g <= int(t.lengthMask); g++ {
		group := unsafe.Add(t.groups, g*intGroup)
		for i := 0; i+1 < groupSlots; i++ {
			first, second := octet(group, uintptr(i)), octet(group, uintptr(i+1))
			if (first|second)&ctrlEmpty == 0 && first != second {
				*(*uintptr)(unsafe.Add(group, typ.keyAt(uintptr(i)))) = word(group, typ.keyAt(uintptr(i+1)))
				return place{0, g, i}
			}
		}
	}
	fatal("no group has two keys")
	return nowhere
}

// exchangeGroups exchanges two groups that have empty slots: a search for their keys ends too early.
func exchangeGroups(header unsafe.Pointer) place {
	t := tableAt(header, 0)
	var chosen []*[intGroup]byte
	for g := 0; g <= int(t.lengthMask); g++ {
		group := unsafe.Add(t.groups, g*intGroup)
		empty := 0
		for i := uintptr(0); i < groupSlots; i++ {
			if octet(group, i) == ctrlEmpty {
				empty++
			}
		}
		if 0 < empty && empty < groupSlots {
			chosen = append(chosen, (*[intGroup]byte)(group))
		}
	}
	if len(chosen) < 2 {
		fatal("no two groups with empty slots")
	}
	*chosen[0], *chosen[1] = *chosen[1], *chosen[0]
	return nowhere
}

func to(value byte) func(byte) byte { return func(byte) byte { return value } }

func otherHash(ctrl byte) byte { return (ctrl + 1) & 0x7f }

// changeTable changes a field of the second table of the directory.
func changeTable(change func(*swissTable)) func(unsafe.Pointer) place {
	return func(header unsafe.Pointer) place {
		change(tableAt(header, 1))
		return place{1, -1, -1}
	}
}

var damages = []damage{
	{"a full slot marked empty", victim(100), setSlot(true, to(ctrlEmpty))},
	{"a full slot marked deleted", victim(100), setSlot(true, to(ctrlDeleted))},
	{"an empty slot marked full", victim(100), fill},
	{"a control byte that means nothing", victim(100), setSlot(false, to(0x93))},
	{"another H2", victim(100), setSlot(true, otherHash)},
	{"another key", victim(100), replaceKey},
	{"two groups exchanged", victim(100), exchangeGroups},
	{"a deleted slot in a small map", victim(4), setSmallSlot(6, ctrlDeleted)},
	{"an empty slot of a small map marked full", victim(4), fillSmall},
	{"entries too high", victim(100), func(header unsafe.Pointer) place {
		(*swissMap)(header).used++
		return nowhere
	}},
	{"entries of a small map too low", victim(5), func(header unsafe.Pointer) place {
		(*swissMap)(header).used--
		return nowhere
	}},
	{"a table's entries", victim(3000), changeTable(func(t *swissTable) { t.used++ })},
	{"growthLeft", victim(3000), changeTable(func(t *swissTable) { t.growthLeft += 3 })},
	{"a table's index", victim(3000), changeTable(func(t *swissTable) { t.index += 2 })},
	{"a table's depth", victim(3000), changeTable(func(t *swissTable) { t.localDepth += 9 })},
	{"two tables exchanged", victim(3000), func(header unsafe.Pointer) place {
		m := (*swissMap)(header)
		places := unsafe.Slice((**swissTable)(m.dirPtr), m.dirLen)
		last := m.dirLen - 1
		places[0], places[last] = places[last], places[0]
		return nowhere
	}},
}
