package blind

import "sync"

type cache[K comparable, V any] struct {
	mu    sync.Mutex
	items map[K]V
}

func newCache[K comparable, V any]() *cache[K, V] { return &cache[K, V]{items: map[K]V{}} }

func (c *cache[K, V]) drop(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.items, k) // want
}

var sessions = map[string]int{}

func expire() {
	for id, age := range sessions {
		if age > 3 {
			delete(sessions, id) // want
		}
	}
}
