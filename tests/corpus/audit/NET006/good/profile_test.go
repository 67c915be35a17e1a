package main

import (
	"net/http"
	_ "net/http/pprof"
	"testing"
)

// A test may look at itself.
func TestProfiles(t *testing.T) {
	go http.ListenAndServe(":6060", nil)
}
