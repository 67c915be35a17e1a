// The same tasks through a queue under a mutex, a buffered channel and a ring whose slots are claimed by
// compare-and-swap; and through deques of the workers' own, from which idle workers steal.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A task is a number of rounds of work and, where tasks make tasks, how many levels it still has below.
type task struct {
	rounds int
	levels int
}

var sum atomic.Uint64

func (t task) work() {
	x := uint64(t.rounds) + 88172645463325252
	for i := 0; i < t.rounds; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	if x == 0 {
		sum.Add(1)
	}
}

// queue is a queue that takes from and gives to several goroutines; both say whether they could.
type queue interface {
	push(task) bool
	pop() (task, bool)
}

const room = 1024

type mutexQueue struct {
	mu         sync.Mutex
	ring       [room]task
	head, tail int
}

func (q *mutexQueue) push(t task) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.tail-q.head == room {
		return false
	}
	q.ring[q.tail%room] = t
	q.tail++
	return true
}

func (q *mutexQueue) pop() (task, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == q.tail {
		return task{}, false
	}
	t := q.ring[q.head%room]
	q.head++
	return t, true
}

type slot struct {
	turn atomic.Uint64
	task task
}

// claimedQueue claims each slot by compare-and-swap before it is written or read; a slot's turn tells whose it is.
type claimedQueue struct {
	ring [room]slot
	_    [64]byte
	head atomic.Uint64
	_    [64]byte
	tail atomic.Uint64
}

func newClaimed() *claimedQueue {
	q := new(claimedQueue)
	for i := range q.ring {
		q.ring[i].turn.Store(uint64(i))
	}
	return q
}

func (q *claimedQueue) push(t task) bool {
	for {
		at := q.tail.Load()
		s := &q.ring[at%room]
		turn := s.turn.Load()
		if turn < at {
			return false
		}
		if turn == at && q.tail.CompareAndSwap(at, at+1) {
			s.task = t
			s.turn.Store(at + 1)
			return true
		}
	}
}

func (q *claimedQueue) pop() (task, bool) {
	for {
		at := q.head.Load()
		s := &q.ring[at%room]
		turn := s.turn.Load()
		if turn < at+1 {
			return task{}, false
		}
		if turn == at+1 && q.head.CompareAndSwap(at, at+1) {
			t := s.task
			s.turn.Store(at + room)
			return t, true
		}
	}
}

type channelQueue chan task

func (q channelQueue) push(t task) bool { q <- t; return true }

func (q channelQueue) pop() (task, bool) { t, more := <-q; return t, more }

// through sends tasks from producers to workers and returns tasks a second.
func through(q queue, producers, workers, tasks, rounds int) float64 {
	var pushing, working sync.WaitGroup
	var done atomic.Int64
	start := time.Now()
	for p := 0; p < producers; p++ {
		pushing.Add(1)
		go func() {
			defer pushing.Done()
			for i := 0; i < tasks/producers; i++ {
				for !q.push(task{rounds: rounds}) {
					runtime.Gosched()
				}
			}
		}()
	}
	total := int64(tasks / producers * producers)
	for w := 0; w < workers; w++ {
		working.Add(1)
		go func() {
			defer working.Done()
			channel, isChannel := q.(channelQueue)
			if isChannel {
				for t := range channel {
					t.work()
					done.Add(1)
				}
				return
			}
			for done.Load() < total {
				if t, there := q.pop(); there {
					t.work()
					done.Add(1)
				} else {
					runtime.Gosched()
				}
			}
		}()
	}
	pushing.Wait()
	if channel, isChannel := q.(channelQueue); isChannel {
		close(channel)
	}
	working.Wait()
	taken := time.Since(start)
	if done.Load() != total {
		panic("tasks were lost")
	}
	return float64(total) / taken.Seconds()
}

// most returns what each function gave at most in some short runs by turns: what other work on the machine takes away
// is no part of a queue.
func most(of int, functions ...func() float64) (found []float64) {
	for _, each := range byTurns(of, functions...) {
		found = append(found, each[of-1])
	}
	return found
}

var queues, stealers paired

func throughputs() {
	kinds := []string{"mutex", "channel", "claimed"}
	fresh := []func() queue{func() queue { return new(mutexQueue) }, func() queue { return make(channelQueue, room) }, func() queue { return newClaimed() }}
	take := func(where, name string, of, tasks, rounds int) {
		var runs []func() float64
		for _, one := range fresh {
			one := one
			runs = append(runs, func() float64 { return through(one(), 4, 4, tasks, rounds) })
		}
		for i, value := range most(of, runs...) {
			queues.add(kinds[i], where, name, value, "ops/s")
		}
	}
	take("tasks of no work", "throughput", 25, 12000, 0)
	// Beside it, tasks as long as the article's rates would have them on one core; the queue hardly matters then.
	take("tasks of 40 us", "throughput_with_work", 5, 60, 16000)
}

// deque is a worker's own: it works at the bottom, thieves take from the top. Slots hold indices into the tree of
// tasks, so that a slot is one word and can be read and written whole.
type deque struct {
	top, bottom atomic.Int64
	_           [64]byte
	ring        [1 << 15]atomic.Uint64
}

func (d *deque) push(packed uint64) {
	b := d.bottom.Load()
	if b-d.top.Load() >= int64(len(d.ring)) {
		panic("deque is full")
	}
	d.ring[b%int64(len(d.ring))].Store(packed)
	d.bottom.Store(b + 1)
}

func (d *deque) pop() (uint64, bool) {
	b := d.bottom.Load() - 1
	d.bottom.Store(b)
	t := d.top.Load()
	if t > b {
		d.bottom.Store(b + 1)
		return 0, false
	}
	packed := d.ring[b%int64(len(d.ring))].Load()
	if t == b {
		won := d.top.CompareAndSwap(t, t+1)
		d.bottom.Store(b + 1)
		return packed, won
	}
	return packed, true
}

func (d *deque) steal() (uint64, bool) {
	t := d.top.Load()
	if t >= d.bottom.Load() {
		return 0, false
	}
	packed := d.ring[t%int64(len(d.ring))].Load()
	return packed, d.top.CompareAndSwap(t, t+1)
}

func pack(t task) uint64 { return uint64(t.rounds)<<8 | uint64(t.levels) }

func unpack(packed uint64) task { return task{int(packed >> 8), int(packed & 255)} }

// shared is one queue of packed tasks under a mutex for all workers, the last in being the first out, as in a deque.
type shared struct {
	mu    sync.Mutex
	tasks []uint64
}

func (s *shared) push(packed uint64) {
	s.mu.Lock()
	s.tasks = append(s.tasks, packed)
	s.mu.Unlock()
}

func (s *shared) pop() (uint64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tasks) == 0 {
		return 0, false
	}
	last := s.tasks[len(s.tasks)-1]
	s.tasks = s.tasks[:len(s.tasks)-1]
	return last, true
}

// tree runs tasks until total are done: each task of a level above 0 makes two of the level below. put and take are a
// worker's ways to the queue.
func tree(workers, total int, seed func(), put func(worker int, packed uint64), take func(worker int) (uint64, bool)) float64 {
	var done atomic.Int64
	var working sync.WaitGroup
	start := time.Now()
	seed()
	for w := 0; w < workers; w++ {
		working.Add(1)
		go func(w int) {
			defer working.Done()
			for done.Load() < int64(total) {
				packed, there := take(w)
				if !there {
					runtime.Gosched()
					continue
				}
				t := unpack(packed)
				t.work()
				if t.levels > 0 {
					put(w, pack(task{t.rounds, t.levels - 1}))
					put(w, pack(task{t.rounds, t.levels - 1}))
				}
				done.Add(1)
			}
		}(w)
	}
	working.Wait()
	taken := time.Since(start)
	if done.Load() != int64(total) {
		panic("tasks were lost or done twice")
	}
	return float64(total) / taken.Seconds()
}

var trees = []struct {
	where          string
	rounds, levels int // a tree of tasks, or
	flat           int // so many tasks that are all there at first
}{
	{"tasks make tasks", 0, 13, 0},
	{"all tasks are there at first", 0, 0, 8000},
}

const workers = 4

// ways is how a tree's first tasks get to where workers look, and how workers give and take tasks.
type ways struct {
	seed func(packed uint64)
	put  func(worker int, packed uint64)
	take func(worker int) (uint64, bool)
}

func stealing() ways {
	deques := make([]*deque, workers)
	for i := range deques {
		deques[i] = new(deque)
	}
	return ways{
		func(packed uint64) { deques[0].push(packed) },
		func(w int, packed uint64) { deques[w].push(packed) },
		func(w int) (uint64, bool) {
			if packed, there := deques[w].pop(); there {
				return packed, true
			}
			for i := 1; i < workers; i++ {
				if packed, there := deques[(w+i)%workers].steal(); there {
					return packed, true
				}
			}
			return 0, false
		},
	}
}

func sharing() ways {
	all := new(shared)
	return ways{all.push, func(_ int, packed uint64) { all.push(packed) }, func(int) (uint64, bool) { return all.pop() }}
}

func steals() {
	for _, each := range trees {
		each := each
		total := each.flat
		if each.flat == 0 {
			total = 1<<(each.levels+1) - 1
		}
		run := func(by ways) func() float64 {
			seed := func() {
				by.seed(pack(task{each.rounds, each.levels}))
				for i := 1; i < each.flat; i++ {
					by.seed(pack(task{each.rounds, 0}))
				}
			}
			return func() float64 { return tree(workers, total, seed, by.put, by.take) }
		}
		found := most(40, run(stealing()), run(sharing()))
		stealers.add("stealing", each.where, "tree_throughput", found[0], "ops/s")
		stealers.add("shared", each.where, "tree_throughput", found[1], "ops/s")
	}
}

func main() {
	queue := func() { queues.print(throughputs) }
	steal := func() { stealers.print(steals) }
	lab(map[string]func(){"mutex": queue, "channel": queue, "claimed": queue, "stealing": steal, "shared": steal})
}
