package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"
)

// A token names a session. It is what the client keeps.
type token [16]byte

func newToken() token {
	var t token
	if _, err := rand.Read(t[:]); err != nil {
		panic(err) // the system has no randomness: no token would be safe
	}
	return t
}

func parseToken(text string) (token, bool) {
	var t token
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(t) {
		return t, false
	}
	copy(t[:], raw)
	return t, true
}

func (t token) String() string { return hex.EncodeToString(t[:]) }

// A session is held in its map by value: every slot of the map has room for one.
type session struct {
	user     string
	agent    string
	created  time.Time
	lastSeen time.Time
	requests int
}

// sessionCache is the map this example is about. Sessions come and go; a Go map
// does not give back the memory of its peak when they go.
type sessionCache struct {
	mu      sync.Mutex
	byToken map[token]session
	expired int
	peak    int
}

func newSessionCache() *sessionCache {
	return &sessionCache{byToken: make(map[token]session)}
}

func (c *sessionCache) login(user, agent string) token {
	t, now := newToken(), time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byToken[t] = session{user: user, agent: agent, created: now, lastSeen: now}
	c.peak = max(c.peak, len(c.byToken))
	return t
}

// touch keeps a session alive and returns its user.
func (c *sessionCache) touch(t token) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.byToken[t]
	if !ok {
		return "", false
	}
	s.lastSeen = time.Now()
	s.requests++
	c.byToken[t] = s
	return s.user, true
}

func (c *sessionCache) logout(t token) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.byToken[t]
	delete(c.byToken, t)
	return ok
}

// expire deletes the sessions that nobody touched for ttl, until ctx ends.
func (c *sessionCache) expire(ctx context.Context, ttl time.Duration) {
	ticker := time.NewTicker(max(ttl/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			c.sweep(now.Add(-ttl))
		}
	}
}

func (c *sessionCache) sweep(before time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for t, s := range c.byToken {
		if s.lastSeen.Before(before) {
			delete(c.byToken, t)
			c.expired++
		}
	}
}

func (c *sessionCache) counts() (live, peak, expired int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byToken), c.peak, c.expired
}
