package main

import (
	"context"
	"log"
	"time"
)

// tally counts requests by path and logs the sum once a minute. Nothing but this
// goroutine's stack holds its map.
func tally(ctx context.Context, requests <-chan string) {
	byPath := knownPaths()
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case path := <-requests:
			byPath[path]++
		case <-ticker.C:
			log.Printf("requests so far: %v", byPath)
		}
	}
}

// knownPaths is kept out of line so that the map is made on the heap, as one that
// comes from a library or a file would be.
//
//go:noinline
func knownPaths() map[string]int {
	byPath := make(map[string]int)
	for _, path := range []string{"/login", "/touch", "/logout", "/stats"} {
		byPath[path] = 0
	}
	return byPath
}
