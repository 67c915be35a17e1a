package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"
)

var started = time.Now()

func routes(requests chan<- string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", counted(requests, http.MethodPost, login))
	mux.HandleFunc("/touch", counted(requests, http.MethodPost, touch))
	mux.HandleFunc("/logout", counted(requests, http.MethodPost, logout))
	mux.HandleFunc("/stats", counted(requests, http.MethodGet, showStats))
	return mux
}

// counted allows one method and leaves word of each request for the tally.
func counted(requests chan<- string, method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		select {
		case requests <- r.URL.Path:
		default: // the tally may lag; requests must not
		}
		next(w, r)
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("user")
	if name == "" {
		http.Error(w, "whose session? ?user=NAME", http.StatusBadRequest)
		return
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if !limits.allow(address) {
		http.Error(w, "too many logins", http.StatusTooManyRequests)
		return
	}
	users.seen(name)
	fmt.Fprintln(w, sessions.login(name, r.UserAgent()))
}

func touch(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	t, ok := parseToken(query.Get("token"))
	if !ok {
		http.Error(w, "not a token", http.StatusBadRequest)
		return
	}
	name, ok := sessions.touch(t)
	if !ok {
		http.Error(w, "no such session", http.StatusNotFound)
		return
	}
	if key, value, ok := strings.Cut(query.Get("tag"), ":"); ok {
		users.tag(name, key, value)
	}
	fmt.Fprintln(w, name)
}

func logout(w http.ResponseWriter, r *http.Request) {
	t, ok := parseToken(r.URL.Query().Get("token"))
	if !ok || !sessions.logout(t) {
		http.Error(w, "no such session", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// stats is what the service knows of itself, to compare with what a tool sees from outside.
type stats struct {
	Go           string  `json:"go"`
	UpSeconds    float64 `json:"up_seconds"`
	Sessions     int     `json:"sessions"`
	PeakSessions int     `json:"peak_sessions"`
	Expired      int     `json:"expired"`
	Users        int     `json:"users"`
	Tags         int     `json:"tags"`
	HeapBytes    uint64  `json:"heap_bytes"`
}

func showStats(w http.ResponseWriter, _ *http.Request) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	said := stats{
		Go:        runtime.Version(),
		UpSeconds: time.Since(started).Seconds(),
		HeapBytes: memory.HeapAlloc,
	}
	said.Sessions, said.PeakSessions, said.Expired = sessions.counts()
	said.Users, said.Tags = users.counts()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(said)
}
