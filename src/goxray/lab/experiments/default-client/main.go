// A server that accepts and says nothing: who comes back from asking it?
package main

import (
	"net"
	"net/http"
	"time"
)

// silent listens on loopback, accepts every connection and never answers.
func silent() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			if _, err := listener.Accept(); err != nil {
				return
			}
		}
	}()
	return listener
}

// back tells whether a request with this client has ended after some time.
func back(client *http.Client, url string, patience time.Duration) bool {
	done := make(chan struct{})
	go func() {
		if answer, err := client.Get(url); err == nil {
			answer.Body.Close()
		}
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(patience):
		return false
	}
}

func measure() {
	url := "http://" + silent().Addr().String()
	const patience = 1200 * time.Millisecond
	truth("a client with a time-out of 0.1 s", "came_back", back(&http.Client{Timeout: patience / 12}, url, patience))
	truth("http.DefaultClient", "came_back", back(http.DefaultClient, url, patience))
	emit("http.DefaultClient", "timeout", float64(http.DefaultClient.Timeout), "ns")
	transport := http.DefaultTransport.(*http.Transport)
	emit("http.DefaultClient", "response_header_timeout", float64(transport.ResponseHeaderTimeout), "ns")
}

func main() { lab(map[string]func(){"main": measure}) }
