package cache

import (
	"sync"
	"time"
)

var sessions = map[string]time.Time{}

var byID = make(map[int64]string)

var typed map[string]int

type store struct {
	mu    sync.Mutex
	items map[string][]byte
	seen  map[int64]bool
}

type pool struct{ free map[int]*store }

type registry struct {
	names map[string]string
}

type limiter struct {
	counts map[string]int
	last   map[string]time.Time
}

type hub struct{ clients map[*store]bool }

func newStore() *store {
	return &store{items: map[string][]byte{}, seen: map[int64]bool{}}
}

func end(id string) {
	delete(sessions, id) // want
}

func forget(id int64) {
	if byID[id] != "" {
		delete(byID, id) // want
	}
}

func number(name string) {
	typed[name] = len(typed)
}

func untype(name string) {
	delete(typed, name) // want
}

func (s *store) drop(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, key) // want
}

func (s *store) expire() {
	for id := range s.seen {
		delete(s.seen, id) // want
	}
}

func (p *pool) take(id int) *store {
	taken := p.free[id]
	delete(p.free, id) // want
	return taken
}

func newRegistry() *registry {
	made := &registry{}
	made.names = map[string]string{}
	return made
}

func (r *registry) remove(name string) {
	delete(r.names, name) // want
}

func (l *limiter) sweep(now time.Time) {
	for name, at := range l.last {
		if now.Sub(at) > time.Minute {
			delete(l.last, name) // want
		}
	}
}

func (l *limiter) reset(name string) {
	delete(l.counts, name) // want
}

func (h *hub) leave(client *store) {
	delete(h.clients, client) // want
}
