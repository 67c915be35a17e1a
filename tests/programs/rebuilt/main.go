// Command rebuilt fills fresh maps made with a hint, so that tests can see what such maps cost.
//
// -shape names the key and elem types, -cells says how many maps of how many entries: "9:400,13:400". The program
// prints one line of JSON, {"pid":..., "maps":[[entries, header address], ...]}, and waits for the end of its input.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strings"
	"unsafe"
)

type pair struct {
	A, B int32
	C    int64
}

type triple struct{ X, Y, Z float64 }

// padded leaves holes between its fields, and between slots that are laid out one behind the other.
type padded struct {
	A byte
	B int64
	C [3]int16
}

// held keeps every map alive.
var held []any

var shapes = map[string]func(entries int) uintptr{
	"int-int":        filler(rand.Int, rand.Int),
	"string-string":  filler(text, text),
	"string-nothing": filler(text, nothing),
	"byte-byte":      filler(randomByte, randomByte),
	"struct-struct": filler(
		func() pair { return pair{rand.Int31(), rand.Int31(), rand.Int63()} },
		func() triple { return triple{rand.Float64(), rand.Float64(), rand.Float64()} }),
	"pointer-pointer": filler(func() *int64 { return new(int64) }, func() *pair { return nil }),
	"bigkey-int":      filler(func() [20]int64 { return [20]int64{3: rand.Int63()} }, rand.Int),
	"int-bigelem":     filler(rand.Int, func() [25]int64 { return [25]int64{} }),
	"bigkey-bigelem": filler(
		func() [17]string { return [17]string{5: text()} },
		func() [129]byte { return [129]byte{} }),
	"int32-padded": filler(rand.Int31, func() padded { return padded{B: rand.Int63()} }),
	"inline-inline": filler(
		func() (k [128]byte) { rand.Read(k[:]); return k },
		func() [128]byte { return [128]byte{} }),
	"int-pointers":    filler(rand.Int, func() [16]*int64 { return [16]*int64{} }),
	"any-any":         filler(func() any { return text() }, func() any { return 7 }),
	"int64-strings":   filler(rand.Int63, func() []string { return nil }),
	"int32-nothing":   filler(rand.Int31, nothing),
	"nothing-nothing": filler(nothing, nothing),
	"int16-bool":      filler(func() int16 { return int16(rand.Int()) }, func() bool { return true }),
}

func text() string      { return fmt.Sprint(rand.Int63()) }
func nothing() struct{} { return struct{}{} }
func randomByte() byte  { return byte(rand.Int()) }

// filler returns what makes a map for some entries, fills it with random keys and returns its header's address.
func filler[K comparable, V any](key func() K, elem func() V) func(entries int) uintptr {
	return func(entries int) uintptr {
		m := make(map[K]V, entries)
		for len(m) < entries {
			m[key()] = elem()
		}
		held = append(held, m)
		return *(*uintptr)(unsafe.Pointer(&m))
	}
}

func main() {
	shape := flag.String("shape", "", "which of the shapes")
	cells := flag.String("cells", "", "entries:maps, separated by commas")
	flag.Parse()
	fill, known := shapes[*shape]
	if !known {
		fmt.Fprintln(os.Stderr, "no such shape:", *shape)
		os.Exit(2)
	}
	var made [][2]uint64
	for _, cell := range strings.Split(*cells, ",") {
		var entries, count int
		if _, err := fmt.Sscanf(cell, "%d:%d", &entries, &count); err != nil {
			fmt.Fprintln(os.Stderr, cell, err)
			os.Exit(2)
		}
		for i := 0; i < count; i++ {
			made = append(made, [2]uint64{uint64(entries), uint64(fill(entries))})
		}
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"pid": os.Getpid(), "maps": made})
	io.Copy(io.Discard, os.Stdin)
}
