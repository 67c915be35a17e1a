package scratch

import "sync"

var pool = sync.Pool{New: func() any { m := map[string]int{}; return &m }}

var plain sync.Pool

var states = &sync.Pool{New: func() any { return &state{seen: map[int]bool{}} }}

type state struct {
	seen  map[int]bool
	names map[string]string
}

type server struct {
	free sync.Pool
}

func put(m *map[string]int) {
	clear(*m)
	pool.Put(m) // want
}

func putLoop(m *map[string]int) {
	for key := range *m {
		delete(*m, key)
	}
	pool.Put(m) // want
}

func deferred(words []string) int {
	m := pool.Get().(*map[string]int)
	defer pool.Put(m) // want
	clear(*m)
	for _, word := range words {
		(*m)[word]++
	}
	return len(*m)
}

func value(m map[string]bool) {
	clear(m)
	plain.Put(m) // want
}

func object(s *state) {
	clear(s.seen)
	states.Put(s) // want
}

func objectLoop(s *state) {
	for name := range s.names {
		delete(s.names, name)
	}
	states.Put(s) // want
}

func (v *server) give(s *state) {
	clear(s.seen)
	clear(s.names)
	v.free.Put(s) // want
}

func (v *server) giveMap(m *map[int64]string) {
	clear(*m)
	v.free.Put(m) // want
}

func address() {
	m := make(map[string]int)
	pool.Put(&m) // want
}

func made() {
	for i := 0; i < 4; i++ {
		plain.Put(make(map[string]bool)) // want
	}
}
