// What the span of a freed bucket looks like in the runtime's own books.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"unsafe"
)

// neighbours keep the span of single buckets in use while one of its buckets is freed.
var neighbours []map[int64]int64

// at makes a pointer of an address outside of the Go heap, where the runtime keeps its books.
func at(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// read returns an unsigned number of one to eight bytes.
func read(address uintptr, where field) uint64 {
	place := at(address + where.offset)
	switch where.size {
	case 1:
		return uint64(*(*uint8)(place))
	case 2:
		return uint64(*(*uint16)(place))
	case 4:
		return uint64(*(*uint32)(place))
	}
	return *(*uint64)(place)
}

// spanOf returns the address of the mspan that holds an address, 0 where none does.
func (b *books) spanOf(address uintptr) uintptr {
	all := *(*[]uintptr)(at(b.mheap + b.allspans.offset))
	for _, span := range all {
		start := uintptr(read(span, b.startAddr))
		if read(span, b.state) == inUse && start <= address && address < start+uintptr(read(span, b.npages))*8192 {
			return span
		}
	}
	return 0
}

// inUse is mSpanInUse (runtime/mheap.go).
const inUse = 1

// array returns the address of the one bucket (group from Go 1.24 on) of a map.
func array(m map[int64]int64) uintptr {
	return uintptr(headerOf(m).first())
}

// oneOfMany makes many maps of one bucket each and returns one of them; the others are kept.
func oneOfMany() map[int64]int64 {
	for i := int64(0); i < 200; i++ {
		neighbours = append(neighbours, map[int64]int64{i: 1})
	}
	one := neighbours[100]
	neighbours[100] = nil
	return one
}

// look looks at the span of a map's bucket before and after the bucket is freed.
func (b *books) look(m map[int64]int64) {
	span := b.spanOf(array(m))
	if span == 0 {
		fmt.Fprintln(os.Stderr, "no span holds the bucket")
		os.Exit(1)
	}
	count := read(span, b.nelems)
	allocated := read(span, b.allocCount)
	runtime.KeepAlive(m) // for the last time
	runtime.GC()
	runtime.GC()
	freeindex, nelems, left := read(span, b.freeindex), read(span, b.nelems), read(span, b.allocCount)
	emit("", "nelems_before", float64(count), "1")
	emit("", "freeindex", float64(freeindex), "1")
	emit("", "nelems", float64(nelems), "1")
	truth("", "freed", left < allocated)
}

func measure() {
	debug.SetGCPercent(-1)
	b, err := ownBooks(runtime.FuncForPC(reflect.ValueOf(measure).Pointer()).Entry(), "main.measure")
	if err != nil {
		fmt.Fprintln(os.Stderr, "debug information:", err)
		os.Exit(1)
	}
	b.look(oneOfMany())
}

func main() { lab(map[string]func(){"main": measure}) }
