// The size and the offsets of the struct that an article prints as a bucket, as the compiler lays it out.
package main

import (
	"reflect"
	"unsafe"
)

// printed has the fields that the article gives a bucket of map[int64]string, in its order.
type printed struct {
	marks  [8]uint8
	keys   [8]int64
	values [8]string
}

func measure() {
	var one printed
	emit("", "size", float64(unsafe.Sizeof(one)), "bytes")
	emit("", "values_offset", float64(unsafe.Offsetof(one.values)), "bytes")
	emit("", "values_size", float64(unsafe.Sizeof(one.values)), "bytes")
	// Each field's end against the next one's start: reflection tells what the compiler decided.
	typ := reflect.TypeOf(one)
	padding, reordered := uintptr(0), false
	for i := 0; i < typ.NumField(); i++ {
		end := typ.Field(i).Offset + typ.Field(i).Type.Size()
		next := typ.Size()
		if i+1 < typ.NumField() {
			next = typ.Field(i + 1).Offset
		}
		if next < end {
			reordered = true
			continue
		}
		padding += next - end
	}
	emit("", "padding", float64(padding), "bytes")
	truth("", "reordered", reordered)
	// The same sum for a struct that does need padding: the measuring would see it.
	gaps := struct {
		a uint8
		b int64
	}{}
	emit("", "gap_of_a_byte_before_a_word", float64(unsafe.Offsetof(gaps.b)-unsafe.Sizeof(gaps.a)), "bytes")
}

func main() { lab(map[string]func(){"main": measure}) }
