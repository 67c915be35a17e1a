// Several goroutines write to one map without a lock, and with one.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// write lets four goroutines write to one map for at most a second, each write between the calls of lock and unlock.
func write(rounds int, lock, unlock func()) {
	runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	m := map[int]int{}
	var all sync.WaitGroup
	deadline := time.Now().Add(time.Second)
	for g := 0; g < 4; g++ {
		all.Add(1)
		go func(g int) {
			defer all.Done()
			for i := 0; i < rounds; i++ {
				lock()
				m[i&1023] = g
				unlock()
				if i&1023 == 0 && time.Now().After(deadline) {
					return
				}
			}
		}(g)
	}
	all.Wait()
	emit("", "entries_at_the_end", float64(len(m)), "1")
}

// tries is how often the writers are given the chance to meet: what may happen need not happen each time.
const tries = 8

// writesMet is what the runtime says then (fatal in runtime's mapassign, since Go 1.24 in internal/runtime/maps).
const writesMet = "fatal error: concurrent map writes"

// attempts runs this program as a child that lets the arm's writers write, until one child has ended with a fatal error
// or there were enough, and prints how many of them did.
func attempts(child string) {
	fatal, other, ran := 0, 0, 0
	for ; ran < tries && fatal == 0; ran++ {
		var said bytes.Buffer
		program, err := os.Executable()
		if err != nil {
			panic(err)
		}
		command := exec.Command(program)
		command.Env = append(os.Environ(), "LAB_ARMS="+child)
		command.Stderr = &said
		err = command.Run()
		var failed *exec.ExitError
		switch {
		case err == nil:
		case errors.As(err, &failed) && failed.ExitCode() == 2 && strings.Contains("\n"+said.String(), "\n"+writesMet):
			fatal++
			fmt.Fprintln(os.Stderr, writesMet)
		default:
			other++
			fmt.Fprintln(os.Stderr, err, said.String())
		}
	}
	emit("", "children", float64(ran), "1")
	emit("", "ended_by_fatal_error", float64(fatal), "1")
	emit("", "ended_otherwise", float64(other), "1")
}

func main() {
	var mutex sync.Mutex
	lab(map[string]func(){
		"unguarded": func() { attempts("unguarded-child") },
		"locked":    func() { attempts("locked-child") },
		// The data race is intended: it is what is tested.
		"unguarded-child": func() { write(5_000_000, func() {}, func() {}) },
		"locked-child":    func() { write(10_000, mutex.Lock, mutex.Unlock) },
	})
}
