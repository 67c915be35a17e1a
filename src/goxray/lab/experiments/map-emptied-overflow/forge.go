package main

import (
	"reflect"
	"runtime/debug"
	"unsafe"
)

// forgedKey has the memory of the keys of a forged map: the hash that the map is to see, and what tells keys apart.
type forgedKey struct{ hash, id uint64 }

// forged is a map whose type was made while the program runs, so that its data can be written to: the hash of a key is
// its first field, and the calls of the hash function are counted.
type forged struct {
	value   reflect.Value
	keyType reflect.Type
	hashed  int
}

func forge(hint int) *forged {
	debug.SetPanicOnFault(true)
	word := reflect.TypeOf(uint64(0))
	f := &forged{keyType: reflect.StructOf([]reflect.StructField{{Name: "LabHash", Type: word}, {Name: "LabID", Type: word}})}
	mapType := reflect.MapOf(f.keyType, reflect.TypeOf(int64(0)))
	// A reflect.Type holds a pointer to the type's data.
	*hasher((*[2]unsafe.Pointer)(unsafe.Pointer(&mapType))[1]) = func(key unsafe.Pointer, _ uintptr) uintptr {
		f.hashed++
		return uintptr((*forgedKey)(key).hash)
	}
	f.value = reflect.MakeMapWithSize(mapType, hint)
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

func (f *forged) remove(hash, id uint64) {
	f.value.SetMapIndex(f.key(hash, id), reflect.Value{})
}

func (f *forged) header() *header {
	return (*header)(f.value.UnsafePointer())
}
