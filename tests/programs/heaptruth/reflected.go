package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Objects of types that no source spells out: reflect makes their masks (or GC programs) while the program runs.
var (
	gReflected      []unsafe.Pointer
	gReflectedMap   any
	gReflectedChan  any
	gReflectedFunc  any
	gReflectedSlice any
)

// maskedBytes is the size of the largest arrays for which reflect ever made a mask: 2048 bytes of it (maxPtrmaskBytes in
// reflect/type.go), each for 64 of the array. Larger ones get GC programs up to Go 1.23, and masks on demand later.
const maskedBytes = 2048 * 64

// pin keeps a value that reflect.New made by nothing but a plain pointer.
func pin(label string, v reflect.Value) {
	p := v.UnsafePointer()
	gReflected = append(gReflected, p)
	note("made", label, p, "bytes", v.Elem().Type().Size(), "type", v.Elem().Type().String())
}

func makeReflected() {
	pointer, number, text := reflect.TypeOf((*leaf)(nil)), reflect.TypeOf(uint64(0)), reflect.TypeOf("")
	fields := func(n int, types ...reflect.Type) reflect.Type {
		list := make([]reflect.StructField, 0, n)
		for i := 0; i < n; i++ {
			list = append(list, reflect.StructField{Name: fmt.Sprint("F", i), Type: types[i%len(types)]})
		}
		return reflect.StructOf(list)
	}
	for _, n := range []int{1, 3, 20, 65, 200} {
		typ := fields(n, number, pointer, text)
		v := reflect.New(typ)
		if n > 1 {
			v.Elem().Field(1).Set(reflect.ValueOf(newLeaf(n)))
		}
		pin(fmt.Sprint("struct of ", n), v)
		for _, count := range []int{2, 17, min(1000, 1+maskedBytes/int(typ.Size()))} {
			array := reflect.New(reflect.ArrayOf(count, typ))
			if n > 1 {
				array.Elem().Index(count - 1).Field(1).Set(reflect.ValueOf(newLeaf(n)))
			}
			pin(fmt.Sprint("array of ", count, " structs of ", n), array)
		}
	}
	lengths := []int{1, 15, 16, 17, 63, 64, 65, 129, 5000, 1 + maskedBytes/8}
	if !*flagFew {
		lengths = append(lengths, 100_000)
	}
	for _, n := range lengths {
		v := reflect.New(reflect.ArrayOf(n, pointer))
		v.Elem().Index(n - 1).Set(reflect.ValueOf(newLeaf(n)))
		pin(fmt.Sprint("array of ", n), v)
	}
	large := fields(3, reflect.TypeOf([100]sparse{}), number, pointer) // a field whose own mask is no plain mask
	v := reflect.New(large)
	v.Elem().Field(2).Set(reflect.ValueOf(newLeaf(3)))
	(*[100]sparse)(v.UnsafePointer())[99].p = newLeaf(99)
	pin("struct of a large array", v)
	gReflectedSlice = reflect.MakeSlice(reflect.SliceOf(fields(5, text, number)), 33, 40).Interface()
	m := reflect.MakeMap(reflect.MapOf(fields(2, number, text), pointer))
	for i := 0; i < 50; i++ {
		key := reflect.New(m.Type().Key()).Elem()
		key.Field(0).SetUint(uint64(i))
		m.SetMapIndex(key, reflect.ValueOf(newLeaf(i)))
	}
	gReflectedMap = m.Interface()
	c := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, fields(4, pointer, number)), 9)
	element := reflect.New(c.Type().Elem()).Elem()
	element.Field(2).Set(reflect.ValueOf(newLeaf(2)))
	c.Send(element)
	gReflectedChan = c.Interface()
	captured := newLeaf(77)
	gReflectedFunc = reflect.MakeFunc(reflect.TypeOf(func(int) {}), func([]reflect.Value) []reflect.Value {
		captured.n++
		return nil
	}).Interface()
}
