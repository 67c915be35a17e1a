// Program hashes prints what Go's own map hashers return for random keys of many types, then waits.
//
// One JSON document on standard output, then the process stays alive (its memory is read meanwhile) until standard
// input ends. Arguments: the number of keys of each type, the random seed.
package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand"
	"os"
	"reflect"
	"strconv"
	"unsafe"
)

// hasherOffset is where the hasher stands in every map type: after abi.Type and three pointers (key, elem, bucket or
// group). The same from Go 1.21 to 1.27.
const hasherOffset = 72

type hasher = func(key unsafe.Pointer, seed uintptr) uintptr

type shape struct {
	Kind   string  `json:"kind"`
	Size   uintptr `json:"size"`
	Count  int     `json:"count,omitempty"`
	Empty  bool    `json:"empty,omitempty"`
	Elem   *shape  `json:"elem,omitempty"`
	Fields []field `json:"fields,omitempty"`
}

type field struct {
	Offset uintptr `json:"offset"`
	Blank  bool    `json:"blank"`
	Shape  *shape  `json:"shape"`
}

type keys struct {
	Type   string   `json:"type"`
	Made   bool     `json:"made"`
	Shape  *shape   `json:"shape"`
	Seeds  []uint64 `json:"seeds"`
	Keys   []string `json:"keys"`
	Hashes []uint64 `json:"hashes"`
	// Again is the second answer for the same key and seed; it differs where a NaN makes the hash random.
	Again []uint64 `json:"again"`
}

type held struct {
	Word   uint64 `json:"word"`
	Empty  bool   `json:"empty"`
	Direct bool   `json:"direct"`
	Shape  *shape `json:"shape"`
	Type   string `json:"type"`
}

type report struct {
	Pid int `json:"pid"`
	// Longest is how many strings of the greatest length there are among the keys.
	Longest int    `json:"longest"`
	Types   []keys `json:"types"`
	Held    []held `json:"held"`
}

func describe(t reflect.Type) *shape {
	s := &shape{Kind: "memory", Size: t.Size()}
	switch t.Kind() {
	case reflect.String:
		s.Kind = "string"
	case reflect.Float32, reflect.Float64:
		s.Kind = "float"
	case reflect.Complex64, reflect.Complex128:
		s.Kind = "complex"
	case reflect.Interface:
		s.Kind, s.Empty = "interface", t.NumMethod() == 0
	case reflect.Array:
		s.Kind, s.Count, s.Elem = "array", t.Len(), describe(t.Elem())
	case reflect.Struct:
		s.Kind = "struct"
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			s.Fields = append(s.Fields, field{f.Offset, f.Name == "_", describe(f.Type)})
		}
	}
	return s
}

// alive keeps every key reachable, so that what it points to stays where it is.
var alive []any

func ask(mapType reflect.Type, made bool, count int, random *rand.Rand) keys {
	pointer := (*[2]unsafe.Pointer)(unsafe.Pointer(&mapType))[1]
	hash := *(*hasher)(unsafe.Add(pointer, hasherOffset))
	key := mapType.Key()
	out := keys{Type: mapType.String(), Made: made, Shape: describe(key)}
	for i := 0; i < count; i++ {
		value := reflect.New(key)
		alive = append(alive, value.Interface())
		p := value.UnsafePointer()
		fill(key, p, random)
		seed := random.Uint64()
		out.Seeds = append(out.Seeds, seed)
		out.Keys = append(out.Keys, hex.EncodeToString(unsafe.Slice((*byte)(p), key.Size())))
		out.Hashes = append(out.Hashes, uint64(hash(p, uintptr(seed))))
		out.Again = append(out.Again, uint64(hash(p, uintptr(seed))))
	}
	return out
}

func direct(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Chan, reflect.UnsafePointer:
		return true
	case reflect.Array:
		return t.Len() == 1 && direct(t.Elem())
	case reflect.Struct:
		return t.NumField() == 1 && direct(t.Field(0).Type)
	}
	return false
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	start, _ := strconv.ParseInt(os.Args[2], 10, 64)
	random := rand.New(rand.NewSource(start))
	out := report{Pid: os.Getpid()}
	for _, m := range keyTypes {
		out.Types = append(out.Types, ask(reflect.TypeOf(m), false, count, random))
	}
	for _, t := range madeTypes {
		out.Types = append(out.Types, ask(t, true, count, random))
	}
	out.Longest = texts / longestEvery
	for i := range heldValues {
		if v := heldValues[i]; v != nil {
			t := reflect.TypeOf(v)
			out.Held = append(out.Held, held{*(*uint64)(unsafe.Pointer(&heldValues[i])), true, direct(t), describe(t), t.String()})
		}
	}
	for i := range markedValues {
		if v := markedValues[i]; v != nil {
			t := reflect.TypeOf(v)
			out.Held = append(out.Held, held{*(*uint64)(unsafe.Pointer(&markedValues[i])), false, direct(t), describe(t), t.String()})
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
	io.Copy(io.Discard, os.Stdin)
	alive = nil
}
