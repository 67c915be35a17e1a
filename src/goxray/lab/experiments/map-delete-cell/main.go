// What a delete leaves in the slot: its mark, its key, its elem; and who gets the slot next.
package main

import "unsafe"

// slots is how many entries a bucket (group) takes; its marks are the first eight bytes.
const slots = 8

// words returns the bucket (or group) of a map that has but one, as words.
func words[K comparable, V any](m *map[K]V) []uint64 {
	var key K
	var elem V
	size := 8 + slots*(unsafe.Sizeof(key)+unsafe.Sizeof(elem))
	return unsafe.Slice((*uint64)(headerOf(*m).first()), size/8)
}

// marks returns the bytes that say what each slot holds.
func marks(bucket []uint64) [slots]byte {
	return *(*[slots]byte)(unsafe.Pointer(&bucket[0]))
}

// place returns the index of the word that holds a value, 0 where none does.
func place(bucket []uint64, value uint64) int {
	for i, word := range bucket[1:] {
		if word == value {
			return i + 1
		}
	}
	return 0
}

// look deletes key number which from a map of the keys, puts another one in and tells what became of the slot. keyWord
// and elemWord are the words by which key and elem are found in memory.
func look[K comparable, V any](where string, keys []K, elems []V, which int, other K,
	keyWord func(K) uint64, elemWord func(V) uint64,
) {
	m := make(map[K]V)
	for i, key := range keys {
		m[key] = elems[i]
	}
	bucket := words(&m)
	keyAt := place(bucket, keyWord(keys[which]))
	elemAt := place(bucket, elemWord(elems[which]))
	truth(where, "found", keyAt > 0 && elemAt > 0)
	before := marks(bucket)
	delete(m, keys[which])
	after := marks(bucket)
	for i := range after {
		if after[i] != before[i] {
			emit(where, "mark", float64(after[i]), "1")
		}
	}
	truth(where, "key_left", bucket[keyAt] == keyWord(keys[which]))
	truth(where, "elem_left", bucket[elemAt] == elemWord(elems[which]))
	seen := 0
	for key := range m {
		if key == keys[which] {
			seen++
		}
	}
	emit(where, "deleted_seen", float64(seen), "1")
	m[other] = elems[which]
	truth(where, "slot_reused", place(words(&m), keyWord(other)) == keyAt)
}

func number(n uint64) uint64  { return n }
func text(s string) uint64    { return uint64(uintptr(unsafe.Pointer(unsafe.StringData(s)))) }
func pointer(p *int64) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

func measure() {
	numbers := make([]uint64, slots)
	elems := make([]uint64, slots)
	texts := make([]string, slots)
	pointers := make([]*int64, slots)
	for i := range numbers {
		numbers[i] = 0x5eed_0000_0000_0001 + uint64(i)<<8
		elems[i] = 0x0e1e_0000_0000_0001 + uint64(i)<<8
		texts[i] = string([]byte{'k', 'e', 'y', byte('0' + i)})
		pointers[i] = new(int64)
	}
	const other = 0x5eed_ffff_0000_0001
	look("uint64 keys, middle of 5", numbers[:5], elems, 2, other, number, number)
	look("uint64 keys, last of 5", numbers[:5], elems, 4, other, number, number)
	look("uint64 keys, middle of 8", numbers, elems, 3, other, number, number)
	look("string keys, middle of 5", texts[:5], pointers, 2, string([]byte("another")), text, pointer)
}

func main() { lab(map[string]func(){"main": measure}) }
