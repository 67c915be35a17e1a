// Can time.Now().UTC() be a network call? It is asked where no socket can be opened.
package main

import (
	"net"
	"syscall"
	"time"
)

func measure() {
	// Once before: the zone's file and the poller may be opened the first time.
	first := time.Now().UTC()
	limit := syscall.Rlimit{Cur: 0, Max: 0}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	_, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 123})
	truth("", "sockets_refused", err != nil)
	answers := 0
	for i := 0; i < 1000; i++ {
		if now := time.Now().UTC(); !now.Before(first) && now.Location() == time.UTC {
			answers++
		}
	}
	emit("", "answers_of_1000", float64(answers), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
