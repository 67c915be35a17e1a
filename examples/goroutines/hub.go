package main

import (
	"context"
	"sync"
)

// item is one piece of news. All subscribers share it.
type item struct {
	id   uint64
	text string
}

// subscriber receives news in its inbox. One that reads too slowly misses some.
type subscriber struct {
	name  string
	inbox chan *item
}

// hub knows all subscribers.
type hub struct {
	mu     sync.Mutex
	all    map[*subscriber]struct{}
	last   uint64
	missed int
}

var news = &hub{all: map[*subscriber]struct{}{}}

func (h *hub) join(name string) *subscriber {
	s := &subscriber{name: name, inbox: make(chan *item, 64)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[s] = struct{}{}
	return s
}

func (h *hub) leave(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, s)
}

// publish never waits: a full inbox misses the item.
func (h *hub) publish(text string) (sent int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	news := &item{h.last, text}
	for s := range h.all {
		select {
		case s.inbox <- news:
			sent++
		default:
			h.missed++
		}
	}
	return sent
}

func (h *hub) size() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

// follow is one subscriber's goroutine. What it has seen is known to nobody
// else: only its stack holds the slice and the map.
func follow(ctx context.Context, s *subscriber) {
	defer news.leave(s)
	seen := map[uint64]bool{}
	backlog := make([]*item, 0, 32)
	for {
		select {
		case <-ctx.Done():
			return
		case received := <-s.inbox:
			if seen[received.id] {
				continue
			}
			seen[received.id] = true
			if len(backlog) == cap(backlog) {
				backlog = append(backlog[:0], backlog[1:]...)
			}
			backlog = append(backlog, received)
		}
	}
}
