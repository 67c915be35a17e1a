// Where a map's header keeps the log of its size, its array and its old array: found by watching maps of known sizes.
package main

import (
	"bytes"
	"runtime/debug"
	"unsafe"
)

// none stands for an offset of something that the header does not have.
const none = -1

var kept any

// headerWords returns the words of a map's header.
func headerWords(m any, size int) []uintptr {
	return unsafe.Slice((*uintptr)(unsafe.Pointer(headerOf(m))), size/8)
}

func filled(entries int) map[int64]int64 {
	m := map[int64]int64{}
	for i := int64(0); i < int64(entries); i++ {
		m[0x5eed_0000_0000+i] = i
	}
	kept = m
	return m
}

// headerSize returns the bytes that a map without any entries takes.
func headerSize() int {
	const maps = 1000
	all := make([]map[int64]int64, maps)
	kept = all
	bytes, _ := allocatedBy(func() {
		for i := range all {
			all[i] = make(map[int64]int64)
		}
	})
	return int(bytes) / maps
}

// logOffset returns the offset of the byte that is 0 in a map of 5 entries, and then counts its doublings.
func logOffset(size int) int {
	var headers [][]byte
	for log := 0; log <= 8; log++ {
		words := headerWords(filled(5<<log), size)
		headers = append(headers, bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), size)))
	}
	for at := 0; at < size; at++ {
		counts := true
		for log, header := range headers {
			counts = counts && int(header[at]) == log
		}
		if counts {
			return at
		}
	}
	return none
}

// holds reports whether a word of a header points to memory that begins with the entries of a map of eight.
func holds(word *uintptr, keys int) (yes bool) {
	defer func() {
		if recover() != nil {
			yes = false
		}
	}()
	memory := unsafe.Slice(*(**byte)(unsafe.Pointer(word)), 136) // eight entries of 16 bytes and eight marks
	for i := 0; i < keys; i++ {
		key := 0x5eed_0000_0000 + int64(i)
		if !bytes.Contains(memory, unsafe.Slice((*byte)(unsafe.Pointer(&key)), 8)) {
			return false
		}
	}
	return true
}

// arrayOffset returns the offset of the word that points to the entries.
func arrayOffset(size int) int {
	m := filled(8)
	words := headerWords(m, size)
	for i := range words {
		if words[i] > 1<<20 && holds(&words[i], 8) {
			return 8 * i
		}
	}
	return none
}

// oldOffset returns the offset of a word that holds, after an insert, what another word pointed to before it.
func oldOffset(size int) int {
	m := filled(8)
	words := headerWords(m, size)
	array := arrayOffset(size) / 8
	for i := int64(0); i < 10_000; i++ {
		before := words[array]
		m[i] = i
		for at := range words {
			if at != array && words[at] == before {
				return 8 * at
			}
		}
	}
	return none
}

func measure() {
	debug.SetPanicOnFault(true)
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // words are looked at as numbers
	size := headerSize()
	emit("", "header_size", float64(size), "bytes")
	emit("", "log_offset", float64(logOffset(size)), "bytes")
	emit("", "array_offset", float64(arrayOffset(size)), "bytes")
	emit("", "old_array_offset", float64(oldOffset(size)), "bytes")
}

func main() { lab(map[string]func(){"main": measure}) }
