package internals

import (
	"runtime"
	"unsafe"
)

type hmap struct { // want
	count     int
	flags     uint8
	B         uint8
	noverflow uint16
	hash0     uint32
	buckets   unsafe.Pointer
}

type swiss struct { // want
	used   uint64
	seed   uintptr
	dirPtr unsafe.Pointer
	dirLen int
}

func buckets(m map[string]int) int {
	head := *(**hmap)(unsafe.Pointer(&m))
	return 1 << head.B
}

//go:linkname mapiterinit runtime.mapiterinit
func mapiterinit(t, m, it unsafe.Pointer) // want

//go:linkname assign runtime.mapassign_faststr
func assign(t, m unsafe.Pointer, key string) unsafe.Pointer // want

//go:noescape
//go:linkname length reflect.maplen
func length(m unsafe.Pointer) int // want

func keeps(run func()) {
	runtime.LockOSThread() // want
	run()
}

func spawns(run func()) {
	go func() {
		runtime.LockOSThread() // want
		run()
	}()
}
