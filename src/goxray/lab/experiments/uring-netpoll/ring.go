package main

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Numbers of linux/io_uring.h; the system calls have the same numbers on every architecture.
const (
	sysSetup    = 425
	sysEnter    = 426
	sysRegister = 427

	offSubmit   = 0
	offComplete = 0x8000000
	offEntries  = 0x10000000

	readFixed       = 4
	writeFixed      = 5
	getEvents       = 1
	registerBuffers = 0
)

type ringOffsets struct {
	head, tail, mask, entries, flags, dropped, array, _ uint32
	_                                                   uint64
}

// parameters is struct io_uring_params.
type parameters struct {
	submitEntries, completeEntries, flags, cpu, idle, features, workers uint32
	_                                                                   [3]uint32
	submit                                                              ringOffsets
	complete                                                            struct {
		head, tail, mask, entries, overflow, cqes, flags, _ uint32
		_                                                   uint64
	}
}

type entry struct {
	opcode, flags byte
	priority      uint16
	file          int32
	offset        uint64
	address       uint64
	length        uint32
	rwFlags       uint32
	user          uint64
	buffer        uint16
	_             uint16
	_             int32
	_             [2]uint64
}

type completion struct {
	user   uint64
	result int32
	flags  uint32
}

// ring is an io_uring that one thread uses.
type ring struct {
	file                 int
	submit, complete     []byte
	entries              []byte
	submitTail           *uint32
	submitMask           uint32
	array                uint32
	completeHead         *uint32
	completeTail         *uint32
	completeMask, cqesAt uint32
	pending              uint32
}

func newRing(size uint32) (*ring, error) {
	var p parameters
	got, _, number := syscall.Syscall(sysSetup, uintptr(size), uintptr(unsafe.Pointer(&p)), 0)
	if number != 0 {
		return nil, fmt.Errorf("io_uring_setup: %w", number)
	}
	r := &ring{file: int(got)}
	var err error
	share := func(offset int64, length uint32) []byte {
		var memory []byte
		if err == nil {
			memory, err = syscall.Mmap(r.file, offset, int(length), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_POPULATE)
		}
		return memory
	}
	r.submit = share(offSubmit, p.submit.array+p.submitEntries*4)
	r.complete = share(offComplete, p.complete.cqes+p.completeEntries*uint32(unsafe.Sizeof(completion{})))
	r.entries = share(offEntries, p.submitEntries*uint32(unsafe.Sizeof(entry{})))
	if err != nil {
		syscall.Close(r.file)
		return nil, fmt.Errorf("mmap of the ring: %w", err)
	}
	r.submitTail = word(r.submit, p.submit.tail)
	r.submitMask = *word(r.submit, p.submit.mask)
	r.array = p.submit.array
	r.completeHead, r.completeTail = word(r.complete, p.complete.head), word(r.complete, p.complete.tail)
	r.completeMask, r.cqesAt = *word(r.complete, p.complete.mask), p.complete.cqes
	return r, nil
}

func word(memory []byte, at uint32) *uint32 { return (*uint32)(unsafe.Pointer(&memory[at])) }

// register tells the kernel which buffers will be read into and written from: size bytes each.
func (r *ring) register(memory []byte, size int) error {
	list := make([]syscall.Iovec, 0, len(memory)/size)
	for at := 0; at < len(memory); at += size {
		one := syscall.Iovec{Base: &memory[at]}
		one.SetLen(size)
		list = append(list, one)
	}
	_, _, number := syscall.Syscall6(sysRegister, uintptr(r.file), registerBuffers, uintptr(unsafe.Pointer(&list[0])), uintptr(len(list)), 0, 0)
	if number != 0 {
		return fmt.Errorf("io_uring_register of buffers: %w", number)
	}
	return nil
}

// add puts an operation into the ring; it is handed over by the next wait.
func (r *ring) add(e entry) {
	tail := *r.submitTail
	at := tail & r.submitMask
	*(*entry)(unsafe.Pointer(&r.entries[at*uint32(unsafe.Sizeof(e))])) = e
	*word(r.submit, r.array+at*4) = at
	atomic.StoreUint32(r.submitTail, tail+1)
	r.pending++
}

// wait hands over what was added and waits for one completion at least.
func (r *ring) wait() error {
	for {
		taken, _, number := syscall.Syscall6(sysEnter, uintptr(r.file), uintptr(r.pending), 1, getEvents, 0, 0)
		if number == syscall.EINTR {
			continue
		}
		if number != 0 {
			return fmt.Errorf("io_uring_enter: %w", number)
		}
		r.pending -= uint32(taken)
		return nil
	}
}

// each calls f with every completion that is there.
func (r *ring) each(f func(completion)) {
	head := *r.completeHead
	for head != atomic.LoadUint32(r.completeTail) {
		at := r.cqesAt + (head&r.completeMask)*uint32(unsafe.Sizeof(completion{}))
		f(*(*completion)(unsafe.Pointer(&r.complete[at])))
		head++
		atomic.StoreUint32(r.completeHead, head)
	}
}

func (r *ring) close() {
	for _, memory := range [][]byte{r.submit, r.complete, r.entries} {
		syscall.Munmap(memory)
	}
	syscall.Close(r.file)
}
