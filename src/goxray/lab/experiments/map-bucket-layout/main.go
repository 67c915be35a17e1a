// Where the entries of a map lie in the memory that holds eight of them: a bucket, since Go 1.24 a group.
//
// Nothing is taken from the runtime's source but where a map's header points to its first bucket or group (offset 16 in
// both designs): the bytes of known keys and elements are searched for in that memory.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"unsafe"
)

// none stands for an offset of something that is not there.
const none = -1

// words of an interface that holds a map: its type and its header.
func words(m any) (typ, header unsafe.Pointer) {
	both := (*[2]unsafe.Pointer)(unsafe.Pointer(&m))
	return both[0], both[1]
}

// first returns the memory of the first bucket or group and its size, as the map's type has it (abi.MapType.Bucket or
// .Group: the third pointer after the 48 bytes of abi.Type; a type begins with its size).
func first(m any) []byte {
	typ, header := words(m)
	size := **(**uintptr)(unsafe.Add(typ, 48+16))
	return unsafe.Slice(*(**byte)(unsafe.Add(header, 16)), size)
}

func bytesOf[T any](value *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(value)), unsafe.Sizeof(*value))
}

// behind reports whether the word at an offset points to memory that begins with want.
func behind(memory []byte, at int, want []byte) (found bool) {
	defer func() {
		if recover() != nil {
			found = false
		}
	}()
	word := *(**byte)(unsafe.Pointer(&memory[at]))
	if word == nil {
		return false
	}
	return bytes.Equal(unsafe.Slice(word, len(want)), want)
}

// search returns the lowest offset of the values, the distance of one slot from the next, whether they are kept behind
// pointers, and how many were found.
func search[T any](memory []byte, values []*T) (low, stride int, pointers bool, found int) {
	var offsets []int
	for _, value := range values {
		if at := bytes.Index(memory, bytesOf(value)); at >= 0 {
			offsets = append(offsets, at)
			continue
		}
		for at := 0; at+8 <= len(memory); at += 8 {
			if behind(memory, at, bytesOf(value)) {
				offsets, pointers = append(offsets, at), true
				break
			}
		}
	}
	if len(offsets) < 2 {
		return none, none, pointers, len(offsets)
	}
	low, high := offsets[0], offsets[0]
	for _, at := range offsets {
		low, high = min(low, at), max(high, at)
	}
	return low, (high - low) / (len(offsets) - 1), pointers, len(offsets)
}

// link returns the offset at which buckets of a larger map point to other buckets of it: to memory right after the
// array, where the first overflow buckets of an array are (runtime.makeBucketArray). none where no word does.
func link[K comparable, V any](entry func(int) (K, V)) int {
	m := map[K]V{}
	for i := 0; i < 6*1024; i++ {
		key, elem := entry(i)
		m[key] = elem
	}
	_, header := words(m)
	size := len(first(m))
	all := array(header, size)
	end := uintptr(unsafe.Pointer(&all[0])) + uintptr(len(all))
	best, most := none, 31 // a pointer of another kind may fall there by chance, not 32 of them
	for at := 0; at+8 <= size; at += 8 {
		links := 0
		for bucket := 0; bucket < len(all); bucket += size {
			word := *(*uintptr)(unsafe.Pointer(&all[bucket+at]))
			if word >= end && word < end+uintptr(len(all)) && (word-end)%uintptr(size) == 0 {
				links++
			}
		}
		if links > most {
			best, most = at, links
		}
	}
	return best
}

// fits returns how many entries the first bucket or group of a map takes before there is another.
func fits[K comparable, V any](entry func(int) (K, V)) int {
	m := map[K]V{}
	for i := 0; ; i++ {
		key, elem := entry(i)
		_, header := words(m)
		old := *(*unsafe.Pointer)(unsafe.Add(header, 16))
		m[key] = elem
		if now := *(*unsafe.Pointer)(unsafe.Add(header, 16)); i > 0 && now != old {
			return i
		}
	}
}

func look[K comparable, V any](name string, entry func(int) (K, V)) {
	m := map[K]V{}
	var keys []*K
	var elems []*V
	for i := 0; i < 8; i++ {
		key, elem := entry(i)
		keys, elems = append(keys, &key), append(elems, &elem)
		m[key] = elem
	}
	memory := first(m)
	keySize, elemSize := len(bytesOf(keys[0])), len(bytesOf(elems[0]))
	keysAt, keyStride, keyPointers, keysFound := search(memory, keys)
	elemsAt, elemStride, elemPointers, elemsFound := search(memory, elems)
	if keysFound != 8 || elemsFound != 8 {
		fmt.Fprintln(os.Stderr, name, "found", keysFound, "keys and", elemsFound, "elements of 8")
		os.Exit(1)
	}
	overflow := none
	pointers := 0
	if next := link(entry); next != none {
		overflow, pointers = next, pointers+1
	}
	if keyPointers {
		pointers += 8
	}
	if elemPointers {
		pointers += 8
	}
	emit(name, "size", float64(len(memory)), "bytes")
	emit(name, "keys_offset", float64(keysAt), "bytes")
	emit(name, "key_stride", float64(keyStride), "bytes")
	emit(name, "values_offset", float64(elemsAt), "bytes")
	emit(name, "value_stride", float64(elemStride), "bytes")
	emit(name, "overflow_offset", float64(overflow), "bytes")
	emit(name, "pointer_bytes", float64(8*pointers), "bytes")
	emit(name, "entries", float64(fits(entry)), "1")
	// What the articles' formulas give for these sizes.
	emit(name, "said_values_offset", float64(8+8*keySize), "bytes")
	emit(name, "said_overflow_offset", float64(8+8*(keySize+elemSize)), "bytes")
}

func measure() {
	debug.SetPanicOnFault(true)
	look("int64 to int64", func(i int) (int64, int64) { return 0x5eed_0000_0000 + int64(i), 0x7a1e_0000_0000 + int64(i) })
	look("int32 to int64", func(i int) (int32, int64) { return 0x5eed_0000 + int32(i), 0x7a1e_0000_0000 + int64(i) })
	look("string to int64", func(i int) (string, int64) { return fmt.Sprint("key ", i), 0x7a1e_0000_0000 + int64(i) })
	look("[3]int32 to [5]int32", func(i int) ([3]int32, [5]int32) {
		return [3]int32{0x5eed, int32(i), 1}, [5]int32{0x7a1e, int32(i), 2, 3}
	})
	look("200-byte array to int64", func(i int) ([25]int64, int64) {
		return [25]int64{0x5eed, int64(i)}, 0x7a1e_0000_0000 + int64(i)
	})
}

func main() { lab(map[string]func(){"main": measure}) }
