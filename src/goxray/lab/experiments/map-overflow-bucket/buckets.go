//go:build !go1.24

package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

const bucketBytes = 8 + 8*8 + 8*8 + 8

// watch prints how many entries bucket 0 itself holds at the moment when an overflow bucket hangs on it.
func watch(m map[int]int) {
	bucket := headerOf(m).buckets
	if *(*unsafe.Pointer)(unsafe.Add(bucket, bucketBytes-8)) == nil {
		return
	}
	used := 0
	for slot := 0; slot < 8; slot++ {
		const minTopHash = 5
		if *(*uint8)(unsafe.Add(bucket, slot)) >= minTopHash {
			used++
		}
	}
	emit("", "entries_in_bucket", float64(used), "1")
	truth("", "growing", headerOf(m).oldbuckets != nil)
}

// spare returns where the overflow buckets begin that were allocated together with the array, and their bytes:
// one for sixteen buckets (runtime/map.go, makeBucketArray); the last one is a mark and left out.
func spare(m map[int]int) (unsafe.Pointer, int) {
	h := headerOf(m)
	return h.extra.nextOverflow, (1<<(h.b-4) - 1) * bucketBytes
}

// fresh prints which part of the memory of new overflow buckets somebody wrote to, in a heap in which nothing was freed
// yet: a page that is not resident was not written.
func fresh() {
	kept = make(map[int]int, 2000000)
	at, size := spare(kept)
	page := os.Getpagesize()
	begin := (uintptr(at) + uintptr(page) - 1) &^ (uintptr(page) - 1)
	const huge = 2 << 20 // the mark at the end was written, and a huge page may have come with it
	pages := (size - huge) / page
	in := make([]byte, pages)
	_, _, failed := syscall.Syscall(syscall.SYS_MINCORE, begin, uintptr(pages*page), uintptr(unsafe.Pointer(&in[0])))
	if failed != 0 {
		fmt.Fprintln(os.Stderr, "mincore:", failed)
		return
	}
	resident := 0
	for _, state := range in {
		resident += int(state & 1)
	}
	emit("memory fresh from the system", "cleared_share", float64(resident)/float64(pages), "1")
	kept = nil
}

// again prints which part of the memory of new overflow buckets reads as zero where other values were before.
func again() {
	runtime.GC()
	dirty := make([]byte, 24<<20)
	for i := range dirty {
		dirty[i] = 0xff
	}
	low := uintptr(unsafe.Pointer(&dirty[0]))
	dirty = nil
	runtime.GC()
	kept = make(map[int]int, 500000)
	at, size := spare(kept)
	if uintptr(at) < low || uintptr(at)+uintptr(size) > low+24<<20 {
		fmt.Fprintln(os.Stderr, "the memory was not used again")
		return
	}
	zeros := 0
	for i := 0; i < size; i++ {
		if *(*byte)(unsafe.Add(at, i)) == 0 {
			zeros++
		}
	}
	emit("memory used before", "cleared_share", float64(zeros)/float64(size), "1")
}
