package main

import (
	"fmt"
	"unsafe"
)

// leaf is what most pointers here point to: 24 bytes, the first word a pointer.
type leaf struct {
	p *leaf
	n uint64
	m uint64
}

// tail has its pointer behind a plain word, and none at its end.
type tail struct {
	n uint64
	s string
}

// gap has pointers far apart within 80 bytes: a mask that does not divide 64 bits evenly.
type gap struct {
	a *leaf
	x [3]uint64
	b []byte
	y [2]uint64
	c *leaf
}

//go:noinline
func newLeaf(n int) *leaf { return &leaf{n: uint64(n)} }

// Objects of each layout. Every index of these slices is an object of its own.
var (
	gNoscan   [][]byte
	gPointers [][]*leaf
	gLeaves   [][]leaf
	gTails    [][]tail
	gGaps     [][]gap
)

// Bytes around the borders of size classes: the smallest ones, the tiny allocator's, the last with its bitmap in the
// span and the first with a malloc header (512 and 8 bytes of header), the largest with and without a header, and
// objects with spans of their own.
var sizes = []int{
	16, 17, 24, 25, 32, 33, 48, 49, 64, 65, 80, 96, 112, 128, 129, 192, 256, 257, 384, 480, 496, 504, 505, 512, 513, 519,
	520, 521, 528, 568, 569, 576, 577, 640, 704, 1000, 1016, 1017, 1024, 1025, 1408, 2040, 2048, 2049, 4088, 4096, 4097,
	6784, 8184, 8185, 8192, 8193, 9472, 16384, 18432, 27264, 32744, 32752, 32753, 32760, 32761, 32767, 32768, 32769,
	40960, 40961, 65536, 100000,
}

var hugeSizes = []int{1 << 20, 1<<20 + 8, 5 << 20}

func makeSizes() {
	all := sizes
	if !*flagFew {
		all = append(append([]int{}, sizes...), hugeSizes...)
	}
	for _, size := range all {
		bytes := make([]byte, size)
		gNoscan = append(gNoscan, bytes)
		object(fmt.Sprint("noscan ", size), unsafe.Pointer(&bytes[0]), "array", "uint8", uintptr(size), "main.gNoscan[...][...]")
		makePointers(size)
		makeRepeated(size)
	}
	for _, count := range []int{1, 2, 3} { // more of the sizes with a header, so that spans have several slots in use
		for n := 63; n <= 70; n++ {
			words := make([]*leaf, n)
			words[n-1] = newLeaf(count)
			gPointers = append(gPointers, words)
		}
	}
}

// makePointers makes an array that is all pointers, some of them set.
func makePointers(size int) {
	words := make([]*leaf, size/8)
	for i := 0; i < len(words); i += 1 + len(words)/7 {
		words[i] = newLeaf(i)
	}
	words[len(words)-1] = newLeaf(size)
	gPointers = append(gPointers, words)
	object(fmt.Sprint("pointers ", size), unsafe.Pointer(&words[0]), "array", "*main.leaf", uintptr(len(words))*8, "main.gPointers[...][...]")
}

// makeRepeated makes arrays whose mask repeats for each element.
func makeRepeated(size int) {
	if n := size / int(unsafe.Sizeof(leaf{})); n > 0 {
		leaves := make([]leaf, n)
		leaves[n-1].p, leaves[n/2].p = newLeaf(n), newLeaf(n)
		gLeaves = append(gLeaves, leaves)
		object(fmt.Sprint("leaves ", size), unsafe.Pointer(&leaves[0]), "array", "main.leaf", uintptr(n)*24, "main.gLeaves[...][...]")
		tails := make([]tail, n)
		tails[n-1].s = fmt.Sprint("the last of so many tails: ", n)
		tails[n/3].n = uint64(uintptr(unsafe.Pointer(&tails[0]))) // looks like a pointer and is none
		gTails = append(gTails, tails)
		object(fmt.Sprint("tails ", size), unsafe.Pointer(&tails[0]), "array", "main.tail", uintptr(n)*24, "main.gTails[...][...]")
	}
	if n := size / int(unsafe.Sizeof(gap{})); n > 0 {
		gaps := make([]gap, n)
		for i := range gaps {
			if i%5 == 4 || i == n-1 {
				gaps[i].a, gaps[i].c, gaps[i].b = newLeaf(i), newLeaf(i), make([]byte, 20)
			}
		}
		gGaps = append(gGaps, gaps)
		object(fmt.Sprint("gaps ", size), unsafe.Pointer(&gaps[0]), "array", "main.gap", uintptr(n)*unsafe.Sizeof(gap{}), "main.gGaps[...][...]")
	}
}

// wide is a type of more than two kilobytes with few pointers.
type wide struct {
	head *leaf
	a    [300]uint64
	mid  *leaf
	b    [100]uint64
	tail []*leaf
}

// sparse has one pointer at the end of each 4 KiB.
type sparse struct {
	pad [511]uint64
	p   *leaf
}

// last has its only pointer a megabyte from its start: its mask is a GC program up to Go 1.23 and made on demand later.
type last struct {
	rest [1 << 17]uint64
	p    *leaf
}

// first has its only pointer at its start, and a large rest without any.
type first struct {
	p    *leaf
	rest [1 << 14]uint64
}

var (
	gWide     *wide
	gWides    [][]wide
	gSparse   *[100]sparse // 400 KiB: beyond what a mask is emitted for
	gSparse20 *[20]sparse  // 80 KiB: a mask in the binary
	gSparses  []sparse
	gLast     *last
	gLasts    []last
	gFirst    *first
	gMatrix   *[64][64]*leaf
	gDeep     *[8][8][8]gap
)

func makeWide() {
	gWide = &wide{head: newLeaf(1), mid: newLeaf(2), tail: []*leaf{newLeaf(3), newLeaf(4)}}
	object("wide", unsafe.Pointer(gWide), "new", "main.wide", unsafe.Sizeof(wide{}), "main.gWide")
	for _, n := range []int{2, 3, 9, 10, 11, 40} {
		wides := make([]wide, n)
		wides[n-1].tail = []*leaf{newLeaf(n)}
		wides[0].mid, wides[n/2].head = newLeaf(n), newLeaf(n)
		gWides = append(gWides, wides)
		object(fmt.Sprint("wides ", n), unsafe.Pointer(&wides[0]), "array", "main.wide", uintptr(n)*unsafe.Sizeof(wide{}), "main.gWides[...][...]")
	}
	gSparse, gSparse20, gSparses = new([100]sparse), new([20]sparse), make([]sparse, 77)
	for i := 0; i < 100; i += 3 {
		gSparse[i].p, gSparse20[i%20].p, gSparses[i%77].p = newLeaf(i), newLeaf(i), newLeaf(i)
		gSparse[i].pad[i] = uint64(uintptr(unsafe.Pointer(gSparse)))
	}
	object("sparse", unsafe.Pointer(gSparse), "new", "[100]main.sparse", 100*4096, "main.gSparse")
	object("sparse 20", unsafe.Pointer(gSparse20), "new", "[20]main.sparse", 20*4096, "main.gSparse20")
	object("sparses", unsafe.Pointer(&gSparses[0]), "array", "main.sparse", 77*4096, "main.gSparses[...]")
	gFirst = &first{p: newLeaf(5)}
	object("first", unsafe.Pointer(gFirst), "new", "main.first", unsafe.Sizeof(first{}), "main.gFirst")
	gMatrix, gDeep = new([64][64]*leaf), new([8][8][8]gap)
	gMatrix[63][63], gMatrix[1][0], gDeep[7][7][7].c, gDeep[3][1][4].b = newLeaf(6), newLeaf(7), newLeaf(8), make([]byte, 99)
	object("matrix", unsafe.Pointer(gMatrix), "new", "[64][64]*main.leaf", 64*64*8, "main.gMatrix")
	object("deep", unsafe.Pointer(gDeep), "new", "[8][8][8]main.gap", 512*unsafe.Sizeof(gap{}), "main.gDeep")
	if *flagFew {
		return
	}
	gLast, gLasts = &last{p: newLeaf(9)}, make([]last, 3)
	gLasts[0].p, gLasts[2].p = newLeaf(10), newLeaf(11)
	object("last", unsafe.Pointer(gLast), "new", "main.last", unsafe.Sizeof(last{}), "main.gLast")
	object("lasts", unsafe.Pointer(&gLasts[0]), "array", "main.last", 3*unsafe.Sizeof(last{}), "main.gLasts[...]")
}
