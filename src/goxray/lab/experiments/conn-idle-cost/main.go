// What an idle connection costs a server that gives each a goroutine and a channel, and what is left of a connection
// that timed out. Idle connections are counted on loopback TCP, as many as the limit on files allows.
package main

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"syscall"
	"time"
)

// quiet is the time-out of the printed code, 30 s there: long enough that no idle connection is cut while it is
// measured, and short where time-outs are what is measured.
const (
	quiet = time.Minute
	brief = 25 * time.Millisecond
)

// printed serves a connection as the article does: the work in a goroutine of its own that reports to a channel, and
// a wait for it or for a timer.
func printed(conn net.Conn, limit time.Duration, work func(net.Conn) error) {
	defer conn.Close()
	done := make(chan error, 1)
	go func() { done <- work(conn) }()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// plain serves a connection with one goroutine and a deadline on the connection.
func plain(conn net.Conn, limit time.Duration, work func(net.Conn) error) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	work(conn)
}

type server func(net.Conn, time.Duration, func(net.Conn) error)

// echo answers each request of 64 bytes; an idle client sends none.
func echo(conn net.Conn) error {
	var request [64]byte
	for {
		n, err := conn.Read(request[:])
		if err != nil {
			return err
		}
		if _, err := conn.Write(request[:n]); err != nil {
			return err
		}
	}
}

// inUse returns the bytes of heap and stacks in use after a collection.
func inUse() float64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapInuse + stats.StackInuse)
}

// connections returns how many connections may be opened: two files each, some kept.
func connections() int {
	var limit syscall.Rlimit
	n := 400
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil && int(limit.Cur)/2-32 < n {
		n = int(limit.Cur)/2 - 32
	}
	return n
}

// dial opens n connections to a server that serves each with serve. The clients are raw files: they cost Go nothing.
func dial(n int, serve func(net.Conn)) (files []int, hangUp func()) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	accepted := make(chan struct{}, n)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn)
			accepted <- struct{}{}
		}
	}()
	to := &syscall.SockaddrInet4{Port: listener.Addr().(*net.TCPAddr).Port, Addr: [4]byte{127, 0, 0, 1}}
	for i := 0; i < n; i++ {
		file, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err == nil {
			err = syscall.Connect(file, to)
		}
		if err != nil {
			panic(err)
		}
		files = append(files, file)
		<-accepted
	}
	return files, func() {
		listener.Close()
		for _, file := range files {
			syscall.Close(file)
		}
	}
}

// settle waits until the number of goroutines stays the same, and returns it.
func settle() int {
	last, same := -1, 0
	for same < 6 {
		time.Sleep(2 * time.Millisecond)
		if now := runtime.NumGoroutine(); now == last {
			same++
		} else {
			last, same = now, 0
		}
	}
	return last
}

// idle measures what an idle connection takes.
func idle(way server) func() {
	return func() {
		n := connections()
		goroutines, before := settle(), inUse()
		files, hangUp := dial(n, func(conn net.Conn) { way(conn, quiet, echo) })
		// Each connection has served one request before it is idle.
		request := make([]byte, 64)
		for _, file := range files {
			if _, err := syscall.Write(file, request); err != nil {
				panic(err)
			}
			if got, err := syscall.Read(file, request); err != nil || got != 64 {
				panic(fmt.Sprint(got, err))
			}
		}
		emit("", "connections", float64(n), "1")
		// One goroutine accepts.
		emit("", "goroutines_a_connection", float64(settle()-goroutines-1)/float64(n), "1")
		one := (inUse() - before) / float64(n)
		emit("", "bytes_a_connection", one, "bytes")
		emit("", "bytes_of_a_million", one*1e6, "bytes")
		hangUp()
		settle()
	}
}

// left measures how many goroutines of some connections remain after all have timed out.
func left(way server) func() {
	return func() {
		never := make(chan error)
		for _, each := range []struct {
			where string
			work  func(net.Conn) error
		}{
			{"the work reads the connection", echo},
			{"the work waits for something else", func(net.Conn) error { return <-never }},
		} {
			where, work := each.where, each.work
			const n = 50
			before := settle()
			files, hangUp := dial(n, func(conn net.Conn) { way(conn, brief, work) })
			// The server hangs up when the time is over: each client reads the end. A server that never does is left.
			ended := 0
			for i, file := range files {
				patience := syscall.Timeval{Usec: 100000}
				if i > 0 && ended == 0 {
					break
				}
				syscall.SetsockoptTimeval(file, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &patience)
				var end [1]byte
				if got, err := syscall.Read(file, end[:]); got == 0 && err == nil {
					ended++
				}
			}
			truth(where, "all_hung_up", ended == n)
			hangUp()
			emit(where, "goroutines_left", float64(settle()-before), "1")
			for more := true; more; {
				select {
				case never <- io.EOF:
				case <-time.After(5 * time.Millisecond):
					more = false
				}
			}
			settle()
		}
	}
}

func main() {
	lab(map[string]func(){
		"printed": idle(printed), "plain": idle(plain),
		"printed-timeout": left(printed), "plain-timeout": left(plain),
	})
}
