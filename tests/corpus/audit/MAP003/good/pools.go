package scratch

import "sync"

var pool = sync.Pool{New: func() any { m := map[string]int{}; return &m }}

var states = sync.Pool{New: func() any { return &state{seen: map[int]bool{}} }}

type state struct {
	seen  map[int]bool
	names []string
	next  *state
}

type stack struct{ kept []*map[string]int }

func (s *stack) Put(m *map[string]int) { s.kept = append(s.kept, m) }

// Emptied in place.
func put(m *map[string]int) {
	clear(*m)
	pool.Put(m)
}

// Emptied by a loop, as before Go 1.21.
func putLoop(m *map[string]int) {
	for key := range *m {
		delete(*m, key)
	}
	pool.Put(m)
}

// The pool's New makes maps.
func newPool() *sync.Pool {
	return &sync.Pool{New: func() any { return map[string]int{} }}
}

// A new map for a caller, no pool.
func reset(m *map[string]int) {
	*m = map[string]int{}
}

// A field that is no map.
func list(s *state) {
	s.names = nil
	clear(s.seen)
	states.Put(s)
}

// Another object's field.
func other(s, keep *state) {
	keep.seen = map[int]bool{}
	states.Put(s)
}

// A stack of one's own is no sync.Pool.
func stacked(s *stack, m *map[string]int) {
	*m = map[string]int{}
	s.Put(m)
}

// The variable itself is set anew; the pool's map stays.
func local(words []string) {
	m := pool.Get().(*map[string]int)
	found := map[string]int{}
	found = make(map[string]int)
	_ = found
	pool.Put(m)
}

// Filled, not replaced.
func fill(m *map[string]int) {
	(*m)["a"] = 1
	pool.Put(m)
}

// A pointer is cut.
func cut(s *state) {
	s.next = nil
	clear(s.seen)
	states.Put(s)
}
