package scratch

import (
	"bytes"
	"sync"
)

const most = 1024

var pool = sync.Pool{New: func() any { m := map[string]int{}; return &m }}

var states = sync.Pool{New: func() any { return &state{seen: map[int]bool{}} }}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

type state struct {
	seen map[int]bool
	peak int
}

type stack struct{ kept []*map[string]int }

func (s *stack) Put(m *map[string]int) { s.kept = append(s.kept, m) }

// Dropped above a bound.
func put(m *map[string]int) {
	if len(*m) > most {
		return
	}
	clear(*m)
	pool.Put(m)
}

// Put back below a bound.
func putBelow(m *map[string]int) {
	if len(*m) <= most {
		clear(*m)
		pool.Put(m)
	}
}

// The bound stands on the left.
func putLeft(m *map[string]int) {
	if most < len(*m) {
		return
	}
	pool.Put(m)
}

// The largest size is kept beside the map.
func putPeak(s *state) {
	if s.peak > most {
		return
	}
	clear(s.seen)
	states.Put(s)
}

// The object gets a fresh map.
func putFresh(s *state) {
	s.seen = nil
	states.Put(s)
}

// A buffer is no map.
func buffer(b *bytes.Buffer) {
	b.Reset()
	buffers.Put(b)
}

// A stack of one's own is no sync.Pool.
func stacked(s *stack, m *map[string]int) {
	clear(*m)
	s.Put(m)
}

// Only taken.
func take() *map[string]int {
	return pool.Get().(*map[string]int)
}

// A slice in the pool.
func slice(buf *[]byte) {
	*buf = (*buf)[:0]
	buffers.Put(buf)
}

// What type it has is not known.
func unknown(make func() any) {
	thing := make()
	pool.Put(thing)
}
