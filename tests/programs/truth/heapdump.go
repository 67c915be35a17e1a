package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"runtime/debug"
	"sort"
)

// object is one allocated slot of the heap: its base and the bytes that the runtime gave it.
type object struct {
	addr, size uintptr
}

// heapObjects is every allocated slot, by address.
type heapObjects []object

// find returns the slot that holds addr.
func (h heapObjects) find(addr uintptr) (object, bool) {
	i := sort.Search(len(h), func(i int) bool { return h[i].addr > addr }) - 1
	if i < 0 || addr >= h[i].addr+h[i].size {
		return object{}, false
	}
	return h[i], true
}

// Record tags of the heap dump format (runtime/heapdump.go).
const (
	tagEOF    = 0
	tagObject = 1
	tagType   = 3
	tagParams = 6
	tagItab   = 8
)

const dumpHeader = "go1.7 heap dump\n"

// readHeap asks the runtime for all its heap objects: it writes a heap dump, whose object records carry the address
// and the full size of each allocated slot, and reads it back.
func readHeap() heapObjects {
	file, err := os.CreateTemp("", "truth-heap")
	if err != nil {
		fatal("heap dump: %v", err)
	}
	defer file.Close()
	os.Remove(file.Name())
	debug.WriteHeapDump(file.Fd())
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		fatal("heap dump: %v", err)
	}
	d := dump{bufio.NewReaderSize(file, 1<<20)}
	d.header()
	var heap heapObjects
	for d.record(&heap) {
	}
	sort.Slice(heap, func(i, j int) bool { return heap[i].addr < heap[j].addr })
	return heap
}

type dump struct {
	*bufio.Reader
}

func (d dump) header() {
	got := make([]byte, len(dumpHeader))
	if _, err := io.ReadFull(d, got); err != nil || string(got) != dumpHeader {
		fatal("heap dump: header %q, %v", got, err)
	}
}

func (d dump) number() uint64 {
	n, err := binary.ReadUvarint(d)
	if err != nil {
		fatal("heap dump: %v", err)
	}
	return n
}

func (d dump) numbers(n int) {
	for ; n > 0; n-- {
		d.number()
	}
}

// skip passes over a string or a range of memory and returns its length.
func (d dump) skip() uint64 {
	n := d.number()
	if _, err := io.CopyN(io.Discard, d, int64(n)); err != nil {
		fatal("heap dump: %v", err)
	}
	return n
}

// record reads one record and tells whether objects may follow: all of them stand before the first record of
// another kind than those handled here.
func (d dump) record(heap *heapObjects) bool {
	switch d.number() {
	case tagParams: // byte order, pointer size, arena start and end; architecture, experiments; processors
		d.numbers(4)
		d.skip()
		d.skip()
		d.number()
	case tagItab: // address, type
		d.numbers(2)
	case tagType: // address, size, name, indirect
		d.numbers(2)
		d.skip()
		d.number()
	case tagObject: // address, contents, pointer fields
		addr := d.number()
		size := d.skip()
		for d.number() != 0 {
			d.number()
		}
		*heap = append(*heap, object{uintptr(addr), uintptr(size)})
	default:
		return false
	}
	return true
}
