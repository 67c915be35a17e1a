package main

import (
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"
)

const many = 1000

//go:noinline
func one(number int) {
	p := newNode()
	if number%50 == 0 {
		say("one of many "+strconv.Itoa(number), unsafe.Pointer(p), true, "main.one", "goroutine")
	}
	park()
	use(p)
}

func crowd() {
	parked.Add(many)
	for i := 0; i < many; i++ {
		go one(i)
	}
}

var stop atomic.Bool

// spin keeps its node in a register: nothing is called in the loop.
//
//go:noinline
func spin(p *node) uint64 {
	total := uint64(0)
	for !stop.Load() {
		total += p.id
	}
	return total
}

func spinner(number int) {
	p := newNode()
	say("spinning "+strconv.Itoa(number), unsafe.Pointer(p), true, "main.spin", "spinning")
	parked.Done()
	sink += spin(p)
}

// spinners are more than run at once: some are preempted within their loop.
func spinners() {
	parked.Add(4)
	for i := 0; i < 4; i++ {
		go spinner(i)
	}
	parked.Wait()
	time.Sleep(150 * time.Millisecond)
}
