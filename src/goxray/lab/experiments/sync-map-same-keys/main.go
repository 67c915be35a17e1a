// A hundred goroutines store under sixteen keys: what a sync.Map holds afterwards, beside as many different keys.
package main

import (
	"fmt"
	"os"
	"reflect"
	"sync"
	"unsafe"
)

// run stores from a hundred goroutines under so many different keys and returns the map.
func run(keys int) *sync.Map {
	m := new(sync.Map)
	var wait sync.WaitGroup
	for i := 0; i < 100; i++ {
		wait.Add(1)
		go func(k int) {
			defer wait.Done()
			m.Store(fmt.Sprintf("key-%d", k%keys), k)
		}(i)
	}
	wait.Wait()
	return m
}

// held counts the keys that the map gives back.
func held(m *sync.Map) int {
	number := 0
	m.Range(func(any, any) bool {
		number++
		return true
	})
	return number
}

// inside prints the parts of a sync.Map that keeps two plain maps: entries of read and dirty, and the misses. One
// without them prints nothing.
func inside(where string, m *sync.Map) {
	value := reflect.ValueOf(m).Elem()
	dirty, misses, read := value.FieldByName("dirty"), value.FieldByName("misses"), value.FieldByName("read")
	if !dirty.IsValid() || !misses.IsValid() || !read.IsValid() {
		return
	}
	emit(where, "dirty", float64(dirty.Len()), "1")
	emit(where, "misses", float64(misses.Int()), "1")
	// read is an atomic.Pointer[readOnly]: its last word points at a struct that begins with a map.
	at := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(m), fieldOffset("read")))
	entries := 0
	if at != nil {
		entries = len(*(*map[any]unsafe.Pointer)(at))
	}
	emit(where, "read", float64(entries), "1")
}

func fieldOffset(name string) uintptr {
	field, _ := reflect.TypeOf(sync.Map{}).FieldByName(name)
	return field.Offset
}

func measure() {
	kind := reflect.TypeOf(sync.Map{})
	for i := 0; i < kind.NumField(); i++ {
		fmt.Fprintf(os.Stderr, "field %s %s\n", kind.Field(i).Name, kind.Field(i).Type)
	}
	m := run(16)
	inside("after the run", m)
	emit("k%16", "keys_held", float64(held(m)), "1")
	emit("k%100", "keys_held", float64(held(run(100))), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
