// Handlers that wait for slow work with and without a context, and a client whose context ends: what is answered, when,
// and which goroutines are left.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sort"
	"time"
)

// The article's times are 5 s and 800 ms; these keep the order: the work takes longer than the handler's time-out.
const (
	limit       = 25 * time.Millisecond
	clientLimit = 40 * time.Millisecond
)

// backend stands for slow work: it gives its answer when it is released, at the end of a measurement.
type backend struct{ answer chan string }

// selecting waits in its own goroutine, as printed.
func (b backend) selecting(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	select {
	case text := <-b.answer:
		io.WriteString(w, text)
	case <-ctx.Done():
		http.Error(w, "too late", http.StatusGatewayTimeout)
	}
}

// handing has the work done by another goroutine, which reports through a channel with room for so many results.
func (b backend) handing(room int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		result := make(chan string, room)
		go func() { result <- <-b.answer }()
		select {
		case text := <-result:
			io.WriteString(w, text)
		case <-ctx.Done():
			http.Error(w, "too late", http.StatusGatewayTimeout)
		}
	}
}

// telling gives the context to the work as well.
func (b backend) telling(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	defer cancel()
	result := make(chan string, 1)
	go func() {
		select {
		case text := <-b.answer:
			result <- text
		case <-ctx.Done():
		}
	}()
	select {
	case text := <-result:
		io.WriteString(w, text)
	case <-ctx.Done():
		http.Error(w, "too late", http.StatusGatewayTimeout)
	}
}

// waiting knows no context.
func (b backend) waiting(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, <-b.answer) }

// settle waits until the number of goroutines stays the same, and returns it.
func settle() int {
	last, same := -1, 0
	for same < 8 {
		time.Sleep(2 * time.Millisecond)
		if now := runtime.NumGoroutine(); now == last {
			same++
		} else {
			last, same = now, 0
		}
	}
	return last
}

const requests = 20

// long is how long a client waits for an answer that will come.
const long = 10 * time.Second

// serve sends requests to a handler whose work does not end, and counts what is left when the clients have gone; then
// lets the work end and counts again.
func serve(where string, handler http.HandlerFunc, b backend, patience time.Duration) {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	transport := &http.Transport{DisableKeepAlives: true}
	before := settle()
	answers := make(chan [2]float64, requests)
	for i := 0; i < requests; i++ {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			request, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
			start := time.Now()
			response, err := transport.RoundTrip(request)
			took := float64(time.Since(start))
			if err != nil {
				answers <- [2]float64{0, took}
				return
			}
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			answers <- [2]float64{float64(response.StatusCode), took}
		}()
	}
	timely, slowest := 0, 0.0
	for i := 0; i < requests; i++ {
		answer := <-answers
		if answer[0] == http.StatusGatewayTimeout {
			timely++
		}
		if answer[1] > slowest {
			slowest = answer[1]
		}
	}
	emit(where, "answered_504", float64(timely)/requests*100, "percent")
	emit(where, "slowest_answer", slowest, "ns")
	emit(where, "left_while_the_work_hangs", float64(settle()-before), "1")
	for more := true; more; {
		select {
		case b.answer <- "done":
		case <-time.After(2 * time.Millisecond):
			more = false
		}
	}
	emit(where, "left_for_ever", float64(settle()-before), "1")
	transport.CloseIdleConnections()
	server.CloseClientConnections()
	server.Close()
}

func handlers() {
	b := backend{make(chan string)}
	serve("the handler itself waits", b.selecting, b, long)
	serve("a goroutine works and its channel has no room", b.handing(0), b, long)
	serve("a goroutine works and its channel has room", b.handing(1), b, long)
	serve("a goroutine works and has the context", b.telling, b, long)
}

func noContext() {
	b := backend{make(chan string)}
	serve("no context", b.waiting, b, 2*limit)
}

// client makes nine calls at once that never end, each under a context of 40 ms, and tells after how long they came
// back (median) and what is left of them.
func client(where string, patience time.Duration, call func(context.Context)) {
	const n = 9
	before := settle()
	returned := make(chan time.Duration, n)
	for i := 0; i < n; i++ {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), clientLimit)
			defer cancel()
			start := time.Now()
			call(ctx)
			returned <- time.Since(start)
		}()
	}
	var took []float64
	over := time.After(patience)
	for waiting := true; waiting && len(took) < n; {
		select {
		case one := <-returned:
			took = append(took, float64(one))
		case <-over:
			waiting = false
		}
	}
	if len(took) > 0 {
		sort.Float64s(took)
		emit(where, "came_back_after", took[len(took)/2], "ns")
	}
	emit(where, "came_back", float64(len(took)), "1")
	emit(where, "goroutines_left", float64(settle()-before), "1")
}

func calls() {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}))
	transport := &http.Transport{}
	client("an HTTP request", long, func(ctx context.Context) {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
		if response, err := transport.RoundTrip(request); err == nil {
			response.Body.Close()
		}
	})
	client("work that never looks at the context", 3*clientLimit, func(context.Context) { <-release })
	close(release)
	transport.CloseIdleConnections()
	server.Close()
}

func main() {
	lab(map[string]func(){"handlers": handlers, "no-context": noContext, "client": calls})
}
