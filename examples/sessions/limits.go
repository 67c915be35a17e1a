package main

import "sync"

// A limiter says whether an address may log in once more.
type limiter interface {
	allow(address string) bool
}

// perAddress is a limiter that is a map and nothing else: stored in the interface,
// the interface's data word is the map itself.
type perAddress map[string]int

const mostLogins = 1 << 20

func (p perAddress) allow(address string) bool {
	p[address]++
	return p[address] <= mostLogins
}

// guard makes a limiter safe for the handlers, which run at the same time.
type guard struct {
	mu sync.Mutex
	limiter
}

func (g *guard) allow(address string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.limiter.allow(address)
}
