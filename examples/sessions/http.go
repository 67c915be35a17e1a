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

type service struct {
	sessions *sessionCache
	limits   *guard
	requests chan string
	started  time.Time
}

func newService(ttl time.Duration) *service {
	return &service{
		sessions: newSessionCache(ttl),
		limits:   &guard{limiter: perAddress{}},
		requests: make(chan string, 128),
		started:  time.Now(),
	}
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", s.counted(http.MethodPost, s.login))
	mux.HandleFunc("/touch", s.counted(http.MethodPost, s.touch))
	mux.HandleFunc("/logout", s.counted(http.MethodPost, s.logout))
	mux.HandleFunc("/stats", s.counted(http.MethodGet, s.stats))
	return mux
}

// counted allows one method and leaves word of each request for the tally.
func (s *service) counted(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		select {
		case s.requests <- r.URL.Path:
		default: // the tally may lag; requests must not
		}
		next(w, r)
	}
}

func (s *service) login(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("user")
	if name == "" {
		http.Error(w, "whose session? ?user=NAME", http.StatusBadRequest)
		return
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if !s.limits.allow(address) {
		http.Error(w, "too many logins", http.StatusTooManyRequests)
		return
	}
	users.seen(name)
	fmt.Fprintln(w, s.sessions.login(name, r.UserAgent()))
}

func (s *service) touch(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	t, ok := parseToken(query.Get("token"))
	if !ok {
		http.Error(w, "not a token", http.StatusBadRequest)
		return
	}
	name, ok := s.sessions.touch(t)
	if !ok {
		http.Error(w, "no such session", http.StatusNotFound)
		return
	}
	if key, value, ok := strings.Cut(query.Get("tag"), ":"); ok {
		users.tag(name, key, value)
	}
	fmt.Fprintln(w, name)
}

func (s *service) logout(w http.ResponseWriter, r *http.Request) {
	t, ok := parseToken(r.URL.Query().Get("token"))
	if !ok || !s.sessions.logout(t) {
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

func (s *service) stats(w http.ResponseWriter, _ *http.Request) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	said := stats{
		Go:        runtime.Version(),
		UpSeconds: time.Since(s.started).Seconds(),
		HeapBytes: memory.HeapAlloc,
	}
	said.Sessions, said.PeakSessions, said.Expired = s.sessions.counts()
	said.Users, said.Tags = users.counts()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(said)
}
