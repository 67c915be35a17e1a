package work

import (
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
)

var visits = map[string]int{}

var last map[string]string = map[string]string{}

func load(key string) int { return len(key) }

func each(keys []string) map[string]int {
	found := make(map[string]int, len(keys))
	var wait sync.WaitGroup
	for _, key := range keys {
		wait.Add(1)
		go func() {
			defer wait.Done()
			found[key] = load(key) // want
		}()
	}
	wait.Wait()
	return found
}

func group(keys []string) (map[string]int, error) {
	found := map[string]int{}
	var running errgroup.Group
	for _, key := range keys {
		running.Go(func() error {
			found[key] = load(key) // want
			return nil
		})
	}
	return found, running.Wait()
}

func two() map[string]int {
	found := map[string]int{}
	done := make(chan bool)
	go func() {
		found["a"] = load("a") // want
		done <- true
	}()
	go func() {
		found["b"] = load("b") // want
		done <- true
	}()
	<-done
	<-done
	return found
}

func unlockedBefore(keys []string, mu *sync.Mutex) {
	found := map[string]int{}
	for _, key := range keys {
		go func(key string) {
			mu.Lock()
			size := len(found)
			mu.Unlock()
			found[key] = size // want
		}(key)
	}
}

func handle(w http.ResponseWriter, r *http.Request) {
	visits[r.URL.Path] = 1 // want
	w.WriteHeader(http.StatusNoContent)
}

func count(w http.ResponseWriter, r *http.Request) {
	visits[r.URL.Path] += 1 // want
}

func worker(jobs chan string) {
	for job := range jobs {
		last[job] = "done" // want
	}
}

func start(jobs chan string) {
	for i := 0; i < 4; i++ {
		go worker(jobs)
	}
}
