// Command watched works without end on a heap of a given size, so that what watching it costs can be measured.
//
// Each worker allocates small objects and puts them into a map, and writes to a large table here and there: it keeps the
// allocator, the collector and the page tables busy, and its pace depends little on what else runs on the machine. To each line on standard input it answers with the steps done
// so far and the CPU nanoseconds used so far.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"syscall"
)

type object struct {
	next *object
	data [5]uint64
}

func main() {
	size := flag.Int("bytes", 1<<30, "bytes of the table")
	workers := flag.Int("workers", 1, "goroutines that work")
	flag.Parse()
	debug.SetGCPercent(10)
	table := make([]uint64, *size/8)
	for i := range table {
		table[i] = uint64(i)
	}
	steps := make([]atomic.Uint64, 64**workers)
	for i := 0; i < *workers; i++ {
		go work(table, uint64(i)+1, &steps[64*i])
	}
	fmt.Println(os.Getpid())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		total := uint64(0)
		for i := range steps {
			total += steps[i].Load()
		}
		var used syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
			panic(err)
		}
		fmt.Println(total, used.Utime.Nano()+used.Stime.Nano())
	}
}

func work(table []uint64, seed uint64, steps *atomic.Uint64) {
	kept := make(map[uint64]*object, 1<<12)
	at := seed * 0x9E3779B97F4A7C15
	for {
		for i := 0; i < 1000; i++ {
			at = at*6364136223846793005 + 1442695040888963407
			kept[at>>52] = &object{data: [5]uint64{at}}
			if i%64 == 0 {
				table[(at>>20)%uint64(len(table))] += at
			}
		}
		steps.Add(1000)
	}
}
