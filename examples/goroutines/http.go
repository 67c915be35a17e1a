package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"time"
)

// patience is how long a request waits for a quote.
const patience = 20 * time.Millisecond

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/subscribe", subscribe)
	mux.HandleFunc("/publish", publish)
	mux.HandleFunc("/quote", showQuote)
	mux.HandleFunc("/stats", showStats)
	return mux
}

func subscribe(w http.ResponseWriter, r *http.Request) {
	s := news.join(r.URL.Query().Get("name"))
	defer news.leave(s)
	flusher, _ := w.(http.Flusher)
	for {
		if flusher != nil {
			flusher.Flush()
		}
		select {
		case <-r.Context().Done():
			return
		case received := <-s.inbox:
			fmt.Fprintf(w, "%d\t%s\n", received.id, received.text)
		}
	}
}

func publish(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	fmt.Fprintln(w, news.publish(r.URL.Query().Get("text")))
}

func showQuote(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	cents, err := quote(ctx, r.URL.Query().Get("symbol"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusGatewayTimeout)
		return
	}
	fmt.Fprintln(w, cents)
}

type stats struct {
	Subscribers int    `json:"subscribers"`
	Goroutines  int    `json:"goroutines"`
	HeapAlloc   uint64 `json:"heap_alloc"`
}

func showStats(w http.ResponseWriter, _ *http.Request) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(stats{news.size(), runtime.NumGoroutine(), memory.HeapAlloc})
}
