package blind

import (
	"net/http"
	"sync"
)

type server struct {
	mu   sync.RWMutex
	hits map[string]int
}

// Locked, with a deferred unlock.
func (s *server) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hits[r.URL.Path]++
}

// A header is a map of this request alone.
func header(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["X-Served"] = []string{"1"}
}

// Each goroutine has a map of its own.
func own(keys []string, done chan map[string]int) {
	for _, k := range keys {
		go func() {
			m := map[string]int{}
			m[k] = 1
			done <- m
		}()
	}
}

// The helper that it calls holds the lock.
func (s *server) locked(w http.ResponseWriter, r *http.Request) { s.add(r.URL.Path) }

func (s *server) add(path string) {
	s.mu.Lock()
	s.hits[path]++
	s.mu.Unlock()
}

// Each way out unlocks; the write is before the last one.
func (s *server) early(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if r.Body == nil {
		s.mu.Unlock()
		return
	}
	s.hits[r.URL.Path]++
	s.mu.Unlock()
}
