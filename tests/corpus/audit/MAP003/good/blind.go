package blind

import "sync"

type buffer struct{ seen map[string]int }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// Emptied in place.
func emptied() {
	b := buffers.Get().(*buffer)
	clear(b.seen)
	buffers.Put(b)
}

// Made once, where there is none.
func lazily() {
	b := buffers.Get().(*buffer)
	if b.seen == nil {
		b.seen = make(map[string]int)
	}
	buffers.Put(b)
}

// Not of the pool.
func other(b *buffer) { b.seen = map[string]int{} }

const most = 1 << 10

// Dropped where it has grown too large.
func dropped(b *buffer) {
	if len(b.seen) > most {
		b.seen = nil
	}
	buffers.Put(b)
}
