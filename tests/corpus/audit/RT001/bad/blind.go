package blind

import (
	"net"
	"net/http"
	"sync"
)

type server struct {
	mu   sync.Mutex
	hits map[string]int
}

func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	s.hits[r.URL.Path]++ // want
}

var seen = map[string]bool{}

func middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen[r.RemoteAddr] = true // want
		next.ServeHTTP(w, r)
	})
}

func group(keys []string) map[string]int {
	out := map[string]int{}
	var wg sync.WaitGroup
	for _, k := range keys {
		wg.Add(1)
		go func(k string) {
			defer wg.Done()
			out[k] = len(k) // want
		}(k)
	}
	wg.Wait()
	return out
}

func listen(addresses []string) {
	for _, address := range addresses {
		go func() {
			net.Listen("tcp", address) // want
		}()
	}
}

func (s *server) tooEarly(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if r.Body == nil {
		s.mu.Unlock()
	}
	s.hits[r.URL.Path]++ // want
}

type counted struct {
	mu sync.RWMutex
	n  map[string]int
}

func (c *counted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	c.n[r.URL.Path]++ // want
}
