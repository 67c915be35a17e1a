package work

import (
	"net/http"
	"runtime"
	"sync"
)

var visits = map[string]int{}

var mu sync.Mutex

func load(key string) int { return len(key) }

// Each write holds the lock.
func each(keys []string) map[string]int {
	found := make(map[string]int, len(keys))
	for _, key := range keys {
		go func() {
			value := load(key)
			mu.Lock()
			found[key] = value
			mu.Unlock()
		}()
	}
	return found
}

// The lock is let go at the end.
func handle(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	visits[r.URL.Path] = 1
}

// Each goroutine has a map of its own.
func own(keys []string, out chan map[string]int) {
	for _, key := range keys {
		go func() {
			found := map[string]int{}
			found[key] = load(key)
			out <- found
		}()
	}
}

// One goroutine owns the map until it says that it is done.
func owner(keys chan string) map[string]int {
	found := map[string]int{}
	done := make(chan bool)
	go func() {
		for key := range keys {
			found[key] = load(key)
		}
		close(done)
	}()
	<-done
	return found
}

// Each goroutine writes its own place of a slice.
func places(keys []string) []int {
	found := make([]int, len(keys))
	for i, key := range keys {
		go func() {
			found[i] = load(key)
		}()
	}
	return found
}

// The handler's own map.
func answer(w http.ResponseWriter, r *http.Request) {
	fields := map[string]string{}
	fields["path"] = r.URL.Path
	header := w.Header()
	header["X-Path"] = []string{fields["path"]}
}

// Filled before anything runs.
func init() {
	visits["/"] = 0
}

// A sync.Map locks itself.
func shared(keys []string, found *sync.Map) {
	for _, key := range keys {
		go found.Store(key, load(key))
	}
}

// The thread is given back.
func locked(run func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	run()
}

// A worker that is started once.
func worker(jobs chan string, found map[string]int) {
	for job := range jobs {
		found[job] = 1
	}
}
