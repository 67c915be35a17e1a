// Echo servers for requests of 1 KB over loopback TCP: a goroutine a connection on Go's netpoller, and one thread on an
// io_uring with registered buffers. The clients are the same for both. System calls only, no library.
package main

import (
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"sort"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

const size = 1024

// repeats is how many the requests are looked at in: the quickest counts, since what other work on the machine adds is
// no part of a server.
const repeats = 25

// onNetpoll serves n connections and returns the port.
func onNetpoll(n int, served *sync.WaitGroup) (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	served.Add(n)
	go func() {
		defer listener.Close()
		for i := 0; i < n; i++ {
			conn, err := listener.Accept()
			if err != nil {
				panic(err)
			}
			go func() {
				defer served.Done()
				defer conn.Close()
				var buffer [size]byte
				for {
					if _, err := io.ReadFull(conn, buffer[:]); err != nil {
						return
					}
					if _, err := conn.Write(buffer[:]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// onRing does the same with an io_uring. What it cannot do it says before the first connection.
func onRing(n int, served *sync.WaitGroup) (int, error) {
	r, err := newRing(64)
	if err != nil {
		return 0, err
	}
	buffers, err := syscall.Mmap(-1, 0, n*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err == nil {
		err = r.register(buffers, size)
	}
	listener, port, listenErr := listen()
	if err == nil {
		err = listenErr
	}
	if err != nil {
		r.close()
		return 0, err
	}
	served.Add(1)
	go func() {
		defer served.Done()
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		files := make([]int, n)
		done := make([]int, n) // bytes of the request or the answer that are there
		writing := make([]bool, n)
		next := func(i int) {
			op := byte(readFixed)
			if writing[i] {
				op = writeFixed
			}
			at := i*size + done[i]
			r.add(entry{opcode: op, file: int32(files[i]), address: uint64(uintptr(unsafe.Pointer(&buffers[at]))), length: uint32(size - done[i]), user: uint64(i), buffer: uint16(i)})
		}
		for i := range files {
			file, _, err := syscall.Accept(listener)
			if err != nil {
				panic(err)
			}
			syscall.SetsockoptInt(file, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
			files[i] = file
			next(i)
		}
		syscall.Close(listener)
		for open := n; open > 0; {
			if err := r.wait(); err != nil {
				panic(err)
			}
			r.each(func(c completion) {
				i := int(c.user)
				if c.result <= 0 {
					if c.result < 0 && syscall.Errno(-c.result) != syscall.ECONNRESET {
						panic(fmt.Sprint("an operation failed: ", syscall.Errno(-c.result)))
					}
					syscall.Close(files[i])
					open--
					return
				}
				if done[i] += int(c.result); done[i] == size {
					done[i], writing[i] = 0, !writing[i]
				}
				next(i)
			})
		}
		r.close()
		syscall.Munmap(buffers)
	}()
	return port, nil
}

// listen returns a listening socket that blocks, as the ring wants them.
func listen() (file, port int, err error) {
	file, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, 0, err
	}
	if err = syscall.Bind(file, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, 0, err
	}
	if err = syscall.Listen(file, 128); err != nil {
		return 0, 0, err
	}
	bound, err := syscall.Getsockname(file)
	if err != nil {
		return 0, 0, err
	}
	return file, bound.(*syscall.SockaddrInet4).Port, nil
}

// clients keeps one request in flight on each of n connections and returns what each request took, by repeats of so
// many on each connection.
func clients(port, n, each int) [][]float64 {
	took := make([][]float64, n)
	var done sync.WaitGroup
	for i := range took {
		done.Add(1)
		go func(i int) {
			defer done.Done()
			conn, err := net.Dial("tcp4", fmt.Sprint("127.0.0.1:", port))
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			var request, answer [size]byte
			for n := -20; n < repeats*each; n++ {
				request[0], request[size-1] = byte(n), byte(i)
				start := time.Now()
				if _, err := conn.Write(request[:]); err != nil {
					panic(err)
				}
				if _, err := io.ReadFull(conn, answer[:]); err != nil {
					panic(err)
				}
				if answer != request {
					panic("something else came back")
				}
				if n >= 0 {
					took[i] = append(took[i], float64(time.Since(start)))
				}
			}
		}(i)
	}
	done.Wait()
	by := make([][]float64, repeats)
	for _, one := range took {
		for n := range by {
			by[n] = append(by[n], one[n*each:(n+1)*each]...)
		}
	}
	return by
}

func measure(server func(int, *sync.WaitGroup) (int, error)) func() {
	return func() {
		for _, load := range []struct {
			where   string
			n, each int
		}{{"1 request in flight", 1, 40}, {"10 requests in flight", 10, 10}} {
			var served sync.WaitGroup
			port, err := server(load.n, &served)
			if err != nil {
				fmt.Fprintln(os.Stderr, "not possible here:", err)
				truth("", "available", false)
				return
			}
			mean, p99 := math.MaxFloat64, 0.0
			for _, took := range clients(port, load.n, load.each) {
				sort.Float64s(took)
				sum := 0.0
				for _, one := range took {
					sum += one
				}
				if sum/float64(len(took)) < mean {
					mean, p99 = sum/float64(len(took)), took[len(took)*99/100]
				}
			}
			served.Wait()
			emit(load.where, "mean", mean, "ns")
			emit(load.where, "p99", p99, "ns")
		}
		truth("", "available", true)
	}
}

func main() {
	lab(map[string]func(){"netpoller": measure(onNetpoll), "io-uring": measure(onRing)})
}
