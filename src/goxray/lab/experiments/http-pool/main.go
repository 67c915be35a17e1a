// How often an HTTP client makes a new connection, and what that costs: the default client, and one whose pool keeps
// 100 idle connections a host. Servers are on loopback; their work is a wait.
package main

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// service is a server that counts its connections. A request waits, then gets some text.
type service struct {
	*httptest.Server
	connections atomic.Int64
}

func serve(secure bool, wait time.Duration) *service {
	s := new(service)
	text := make([]byte, 512)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if wait > 0 {
			time.Sleep(wait)
		}
		w.Write(text)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	return s
}

// byDefault counts connections of http.DefaultClient.
func byDefault() {
	const requests = 40
	one := func(where string, after func(*http.Response)) {
		s := serve(false, 0)
		for i := 0; i < requests; i++ {
			response, err := http.DefaultClient.Get(s.URL)
			if err != nil {
				panic(err)
			}
			after(response)
		}
		emit(where, "connections_a_request", float64(s.connections.Load())/requests, "1")
		s.CloseClientConnections()
		s.Close()
	}
	one("one at a time with bodies read and closed", func(r *http.Response) {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	})
	one("one at a time with bodies closed unread", func(r *http.Response) { r.Body.Close() })
	one("one at a time with bodies left open", func(*http.Response) {})

	s := serve(false, 2*time.Millisecond)
	var done sync.WaitGroup
	const clients, each = 24, 6
	for c := 0; c < clients; c++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for i := 0; i < each; i++ {
				if response, err := http.DefaultClient.Get(s.URL); err == nil {
					io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}
		}()
	}
	done.Wait()
	emit("24 at once with bodies read and closed", "connections_a_request", float64(s.connections.Load())/(clients*each), "1")
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	s.Close()
}

// load sends requests from so many clients through a transport; each client reads what it gets.
func load(where string, s *service, transport *http.Transport, clients, each, repeats int) {
	var setUp, total atomic.Int64
	one := func() {
		var asked time.Time
		trace := &httptrace.ClientTrace{
			GetConn: func(string) { asked = time.Now() },
			GotConn: func(httptrace.GotConnInfo) { setUp.Add(int64(time.Since(asked))) },
		}
		request, _ := http.NewRequestWithContext(httptrace.WithClientTrace(context.Background(), trace), http.MethodGet, s.URL, nil)
		start := time.Now()
		response, err := transport.RoundTrip(request)
		if err != nil {
			panic(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		total.Add(int64(time.Since(start)))
	}
	all := func(each int) {
		var done sync.WaitGroup
		for c := 0; c < clients; c++ {
			done.Add(1)
			go func() {
				defer done.Done()
				for i := 0; i < each; i++ {
					one()
				}
			}()
		}
		done.Wait()
	}
	// Each client once before: a pool that keeps connections has them now.
	all(1)
	// The best batch: what other work on the machine adds is no part of a pool.
	before := s.connections.Load()
	throughput, share := 0.0, 100.0
	for n := 0; n < repeats; n++ {
		setUp.Store(0)
		total.Store(0)
		start := time.Now()
		all(each)
		if rate := float64(clients*each) / time.Since(start).Seconds(); rate > throughput {
			throughput = rate
		}
		share = math.Min(share, 100*float64(setUp.Load())/float64(total.Load()))
	}
	emit(where, "throughput", throughput, "ops/s")
	emit(where, "connections", float64(s.connections.Load()-before)/float64(repeats*clients*each), "1")
	emit(where, "set_up_share", share, "percent")
	transport.CloseIdleConnections()
}

func measure(tuned bool) func() {
	return func() {
		for _, each := range []struct {
			where                      string
			secure                     bool
			clients, requests, repeats int
		}{
			{"TLS one at a time", true, 1, 2, 16},
			{"TLS with 24 at once", true, 24, 1, 4},
			{"no TLS with 24 at once", false, 24, 2, 8},
		} {
			s := serve(each.secure, time.Millisecond)
			transport := http.DefaultTransport.(*http.Transport).Clone()
			transport.ForceAttemptHTTP2 = false
			transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
			if each.secure {
				transport.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
			}
			if tuned {
				transport.MaxIdleConns = 200
				transport.MaxIdleConnsPerHost = 100
				transport.IdleConnTimeout = 90 * time.Second
			}
			load(each.where, s, transport, each.clients, each.requests, each.repeats)
			s.Close()
		}
	}
}

func main() {
	lab(map[string]func(){"default-client": byDefault, "default-pool": measure(false), "pool-of-100": measure(true)})
}
