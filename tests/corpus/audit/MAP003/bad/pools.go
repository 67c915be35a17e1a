package scratch

import "sync"

var pool = sync.Pool{New: func() any { m := map[string]int{}; return &m }}

var states = sync.Pool{New: func() any { return &state{seen: map[int]bool{}} }}

type state struct {
	seen  map[int]bool
	names map[string]string
	count int
}

type server struct{ free sync.Pool }

func put(m *map[string]int) {
	*m = map[string]int{} // want
	pool.Put(m)
}

func putMade(m *map[string]int) {
	*m = make(map[string]int) // want
	pool.Put(m)
}

func putHinted(m *map[string]int) {
	*m = make(map[string]int, 64) // want
	pool.Put(m)
}

func putNil(m *map[string]int) {
	*m = nil // want
	pool.Put(m)
}

func take() *map[string]int {
	m := pool.Get().(*map[string]int)
	*m = map[string]int{} // want
	return m
}

func use(words []string) int {
	m := pool.Get().(*map[string]int)
	defer pool.Put(m)
	for _, word := range words {
		(*m)[word]++
	}
	total := len(*m)
	*m = map[string]int{} // want
	return total
}

func field(s *state) {
	s.seen = map[int]bool{} // want
	s.count = 0
	states.Put(s)
}

func fieldMade() *state {
	s := states.Get().(*state)
	s.names = make(map[string]string) // want
	return s
}

func (v *server) give(s *state) {
	s.seen = make(map[int]bool, 16) // want
	v.free.Put(s)
}

func (v *server) giveNil(s *state) {
	s.seen = nil // want
	v.free.Put(s)
}
