// A hook that refuses work once more memory is allocated than a limit, and the runtime's own memory limit, under loads
// that go over it in different ways. Each arm is a process of its own and stays far below what the machine has.
package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	mb    = 1 << 20
	limit = 24 * mb
)

// used returns the memory that the Go runtime has from the system and has not given back.
func used() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// server handles requests. hook is asked before each and raises, as it were, by saying no.
type server struct {
	hook    func() bool
	mu      sync.Mutex
	asked   int
	refused int
	peak    uint64
}

func (s *server) allowed() bool {
	may := s.hook()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if !may {
		s.refused++
	}
	return may
}

// read allocates size bytes in pieces, as a request's body comes in.
func (s *server) read(size int) (pieces [][]byte) {
	for taken := 0; taken < size; taken += mb / 4 {
		piece := make([]byte, mb/4)
		for i := 0; i < len(piece); i += 4096 {
			piece[i] = 1
		}
		pieces = append(pieces, piece)
	}
	now := used()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now > s.peak {
		s.peak = now
	}
	return pieces
}

// loads are what clients do to the server.
var loads = []struct {
	name string
	run  func(*server)
}{
	{"requests that keep 2 MB one after the other", func(s *server) {
		var kept [][][]byte
		for i := 0; i < 30; i++ {
			if s.allowed() {
				kept = append(kept, s.read(2*mb))
			}
		}
		runtime.KeepAlive(kept)
	}},
	{"requests of 1 MB that keep nothing beside a cache of 20 MB", func(s *server) {
		cache := s.read(20 * mb)
		for i := 0; i < 60; i++ {
			if s.allowed() {
				s.read(mb)
			}
		}
		runtime.KeepAlive(cache)
	}},
	{"30 requests of 2 MB at the same time", func(s *server) {
		var asked, all sync.WaitGroup
		kept := make([][][]byte, 30)
		asked.Add(len(kept))
		for i := range kept {
			all.Add(1)
			go func(i int) {
				defer all.Done()
				may := s.allowed()
				asked.Done()
				// All were let in before the first body has come.
				asked.Wait()
				if may {
					kept[i] = s.read(2 * mb)
				}
			}(i)
		}
		all.Wait()
		runtime.KeepAlive(kept)
	}},
	{"one request of 60 MB", func(s *server) {
		if s.allowed() {
			runtime.KeepAlive(s.read(60 * mb))
		}
	}},
}

func measure(hook func() bool) func() {
	return func() {
		for _, load := range loads {
			debug.FreeOSMemory()
			s := &server{hook: hook}
			load.run(s)
			emit(load.name, "peak_over_limit", float64(s.peak)/limit, "1")
			emit(load.name, "refused", 100*float64(s.refused)/float64(s.asked), "percent")
		}
	}
}

func main() {
	always := func() bool { return true }
	lab(map[string]func(){
		"no-hook": measure(always),
		"hook": measure(func() bool {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			return stats.HeapAlloc <= limit
		}),
		"memory-limit": func() {
			debug.SetMemoryLimit(limit)
			measure(always)()
		},
	})
}
