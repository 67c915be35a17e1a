package main

import (
	"sync"
	"time"
)

type session struct {
	user  string
	since time.Time
}

// sessions holds who is logged in, for as long as the process lives.
type sessions struct {
	mu     sync.Mutex
	byUser map[string]*session
}

func newSessions() *sessions { return &sessions{byUser: map[string]*session{}} }

func (s *sessions) begin(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byUser[user] = &session{user: user, since: time.Now()}
	return newToken()
}

func (s *sessions) end(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byUser, user)
}

var scratch = sync.Pool{New: func() any { return &map[string]int{} }}

// countWords counts with a map that is used again.
func countWords(words []string) int {
	counts := scratch.Get().(*map[string]int)
	for _, word := range words {
		(*counts)[word]++
	}
	found := len(*counts)
	*counts = map[string]int{}
	scratch.Put(counts)
	return found
}

// warm loads all users at once.
func warm(users []string, load func(string) int) map[string]int {
	loaded := map[string]int{}
	var group sync.WaitGroup
	for _, user := range users {
		group.Add(1)
		go func(user string) {
			defer group.Done()
			loaded[user] = load(user)
		}(user)
	}
	group.Wait()
	return loaded
}
