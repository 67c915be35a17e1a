package cache

import (
	"maps"
	"sync"
)

var sessions = map[string]int{}

var shards [16]map[string]int

type store struct {
	mu    sync.Mutex
	items map[string][]byte
}

type table struct{ rows map[int]string }

type queue struct{ waiting map[int]bool }

type index struct{ names map[string]int }

// Rebuilt from time to time.
func (s *store) drop(key string) {
	delete(s.items, key)
}

// This rebuilds what entries leave.
func (s *store) shrink() {
	s.items = maps.Clone(s.items)
}

// Replaced as a whole.
func end(id string) {
	delete(sessions, id)
	if len(sessions) == 0 {
		sessions = make(map[string]int)
	}
}

// The map lives as long as the call.
func local(keys []string) int {
	left := map[string]bool{"a": true, "b": true}
	for _, key := range keys {
		delete(left, key)
	}
	return len(left)
}

// The map is the caller's.
func given(left map[string]bool, key string) {
	delete(left, key)
}

// Rebuilt by a loop.
func (t *table) remove(id int) {
	delete(t.rows, id)
}

// The loop that rebuilds.
func (t *table) compact() {
	kept := make(map[int]string, len(t.rows))
	for id, row := range t.rows {
		kept[id] = row
	}
	t.rows = kept
}

// Set to nil when it is done.
func (q *queue) done(id int) {
	delete(q.waiting, id)
	if len(q.waiting) == 0 {
		q.waiting = nil
	}
}

// No entry leaves.
func (i *index) add(name string) {
	i.names[name] = len(i.names)
}

type bag struct{}

func delete2(b bag, key string) {}

// Another delete.
func another(b bag) {
	delete2(b, "x")
}

// A local copy loses entries.
func (i *index) without(name string) map[string]int {
	copied := maps.Clone(i.names)
	delete(copied, name)
	return copied
}

// A local variable without a value at first.
func collected(keys []string, left bool) int {
	var found map[string]bool
	if left {
		found = map[string]bool{"a": true}
	}
	for _, key := range keys {
		delete(found, key)
	}
	return len(found)
}
