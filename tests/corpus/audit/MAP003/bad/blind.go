package blind

import "sync"

type buffer struct{ seen map[string]int }

var buffers = sync.Pool{New: func() any { return &buffer{seen: make(map[string]int)} }}

func field() {
	b := buffers.Get().(*buffer)
	b.seen = nil // want
	buffers.Put(b)
}

var maps = &sync.Pool{New: func() any { m := map[string]int{}; return &m }}

func deferred() {
	m := maps.Get().(*map[string]int)
	defer func() {
		*m = make(map[string]int, 8) // want
		maps.Put(m)
	}()
}

type typed struct{ pool sync.Pool }

func (t *typed) put(b *buffer) {
	b.seen = map[string]int{} // want
	t.pool.Put(b)
}
