// A map that sees the hashes that an experiment chooses.
package main

import (
	"reflect"
	"runtime/debug"
	"unsafe"
)

// forgedKey has the memory of the keys of a forged map: the hash that the map is to see, and what tells keys apart.
type forgedKey struct{ hash, id uint64 }

// forged is a map whose type was made while the program runs, so that its data can be written to: the hash of a key is
// its first field, and the calls of the hash function and the comparisons of keys are counted. One at a time is in use:
// the next one has the same type.
type forged struct {
	value            reflect.Value
	keyType          reflect.Type
	hashed, compared int
}

func forge(hint int) *forged {
	debug.SetPanicOnFault(true)
	word := reflect.TypeOf(uint64(0))
	f := &forged{keyType: reflect.StructOf([]reflect.StructField{{Name: "LabHash", Type: word}, {Name: "LabID", Type: word}})}
	typ := reflect.MapOf(f.keyType, reflect.TypeOf(int64(0)))
	reflected(typ).hasher = func(key unsafe.Pointer, _ uintptr) uintptr {
		f.hashed++
		return uintptr((*forgedKey)(key).hash)
	}
	// abi.Type.Equal is 24 bytes from the start of a type.
	equal := (*func(a, b unsafe.Pointer) bool)(unsafe.Add((*[2]unsafe.Pointer)(unsafe.Pointer(&f.keyType))[1], 24))
	*equal = func(a, b unsafe.Pointer) bool {
		f.compared++
		return *(*forgedKey)(a) == *(*forgedKey)(b)
	}
	f.value = reflect.MakeMapWithSize(typ, hint)
	return f
}

func (f *forged) key(hash, id uint64) reflect.Value {
	made := reflect.New(f.keyType)
	*(*forgedKey)(made.UnsafePointer()) = forgedKey{hash, id}
	return made.Elem()
}

func (f *forged) set(hash, id uint64) {
	f.value.SetMapIndex(f.key(hash, id), reflect.ValueOf(int64(id)))
}

func (f *forged) has(hash, id uint64) bool {
	return f.value.MapIndex(f.key(hash, id)).IsValid()
}

func (f *forged) remove(hash, id uint64) {
	f.value.SetMapIndex(f.key(hash, id), reflect.Value{})
}

func (f *forged) header() *mapHeader {
	return (*mapHeader)(f.value.UnsafePointer())
}
