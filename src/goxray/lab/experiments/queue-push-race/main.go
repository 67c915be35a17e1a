// A ring that producers push to by "load tail, store the slot, store tail + 1", as it was printed, beside one producer
// and beside a ring whose slots are claimed by compare-and-swap. Lost tasks are counted in running programs, and in
// every order in which the steps of two pushes can fall.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

const slots = 64

type ring interface {
	push(task unsafe.Pointer) bool
	pop() unsafe.Pointer
}

// printedRing claims no slot: two producers can read the same tail.
type printedRing struct {
	slot [slots]unsafe.Pointer
	head atomic.Uint64
	tail atomic.Uint64
}

func (r *printedRing) push(task unsafe.Pointer) bool {
	at := r.tail.Load()
	if at-r.head.Load() >= slots {
		return false
	}
	r.slot[at%slots] = task
	r.tail.Store(at + 1)
	return true
}

func (r *printedRing) pop() unsafe.Pointer {
	at := r.head.Load()
	if at == r.tail.Load() {
		return nil
	}
	task := r.slot[at%slots]
	r.head.Store(at + 1)
	return task
}

// claimedRing gives each slot a turn: it may be written when its turn is the tail that a producer won by
// compare-and-swap, and read when the writer has moved the turn on.
type claimedRing struct {
	slot [slots]struct {
		turn atomic.Uint64
		task unsafe.Pointer
	}
	head atomic.Uint64
	tail atomic.Uint64
}

func newClaimedRing() *claimedRing {
	r := new(claimedRing)
	for i := range r.slot {
		r.slot[i].turn.Store(uint64(i))
	}
	return r
}

func (r *claimedRing) push(task unsafe.Pointer) bool {
	for {
		at := r.tail.Load()
		slot := &r.slot[at%slots]
		turn := slot.turn.Load()
		if turn < at {
			return false
		}
		if turn == at && r.tail.CompareAndSwap(at, at+1) {
			slot.task = task
			slot.turn.Store(at + 1)
			return true
		}
	}
}

func (r *claimedRing) pop() unsafe.Pointer {
	for {
		at := r.head.Load()
		slot := &r.slot[at%slots]
		turn := slot.turn.Load()
		if turn < at+1 {
			return nil
		}
		if turn == at+1 && r.head.CompareAndSwap(at, at+1) {
			task := slot.task
			slot.turn.Store(at + slots)
			return task
		}
	}
}

// outcome is what came of the tasks of one run.
type outcome struct {
	accepted int // tasks that push took
	lost     int // of these, never came out
	twice    int // came out once too often
	stuck    bool
}

// count pushes tasks from several producers to one consumer. A queue that takes and gives nothing right any more (its
// tail has gone back behind its head) is left after patience.
func count(r ring, producers, each int, patience time.Duration) outcome {
	tasks := make([]int32, producers*each)
	accepted := make([]int, producers)
	var pushing sync.WaitGroup
	var left atomic.Int64
	var stop atomic.Bool
	left.Store(int64(producers))
	start := make(chan struct{})
	for p := 0; p < producers; p++ {
		pushing.Add(1)
		go func(p int) {
			defer pushing.Done()
			defer left.Add(-1)
			mine := tasks[p*each : (p+1)*each]
			<-start
			for i := range mine {
				for !r.push(unsafe.Pointer(&mine[i])) {
					if stop.Load() {
						return
					}
					runtime.Gosched()
				}
				accepted[p]++
			}
		}(p)
	}
	close(start)
	var found outcome
	end := time.Now().Add(patience)
	for idle := 0; ; {
		over := left.Load() == 0
		task := (*int32)(r.pop())
		if task != nil {
			*task++
		} else if over {
			break
		} else {
			runtime.Gosched()
		}
		if idle++; idle%1024 == 0 && time.Now().After(end) {
			found.stuck = true
			stop.Store(true)
			break
		}
	}
	pushing.Wait()
	for p, n := range accepted {
		found.accepted += n
		for _, times := range tasks[p*each : p*each+n] {
			switch {
			case times == 0:
				found.lost++
			case times > 1:
				found.twice += int(times) - 1
			}
		}
	}
	return found
}

func measure(make func() ring, right bool, producers ...int) func() {
	return func() {
		for _, n := range producers {
			where := map[int]string{1: "1 producer", 2: "2 producers", 4: "4 producers"}[n]
			patience := 80 * time.Millisecond
			if right {
				patience = 10 * time.Second
			}
			found := count(make(), n, 100000/n, patience)
			emit(where, "accepted", float64(found.accepted), "1")
			emit(where, "lost", float64(found.lost), "1")
			emit(where, "twice", float64(found.twice), "1")
			if right {
				truth(where, "gave_all_back", found.lost+found.twice == 0 && !found.stuck)
			} else {
				truth(where, "stuck", found.stuck)
			}
		}
	}
}

// orders lets the steps of two pushes fall in every order that keeps each producer's own: load the tail, write the
// slot, store the tail. It tells how many orders there are and in how many a task that was accepted is not in the ring.
func orders() {
	all, losing := 0, 0
	for picks := 0; picks < 1<<6; picks++ {
		var seen [2]int
		var step [2]int
		ring := [2]int{-1, -1}
		tail, right := 0, true
		for turn := 0; turn < 6 && right; turn++ {
			who := picks >> turn & 1
			switch step[who] {
			case 0:
				seen[who] = tail
			case 1:
				ring[seen[who]] = who
			case 2:
				tail = seen[who] + 1
			default:
				right = false
			}
			step[who]++
		}
		if !right {
			continue
		}
		all++
		found := [2]bool{}
		for _, who := range ring[:tail] {
			if who >= 0 {
				found[who] = true
			}
		}
		if !found[0] || !found[1] {
			losing++
		}
	}
	emit("2 producers", "orders", float64(all), "1")
	emit("2 producers", "losing_orders", float64(losing), "1")
}

// short pushes a little with two producers: enough for the race detector.
func short(make func() ring, producers int) func() {
	return func() {
		emit("", "raced_lost", float64(count(make(), producers, 2000, 80*time.Millisecond).lost), "1")
	}
}

func main() {
	printed := func() ring { return new(printedRing) }
	claimed := func() ring { return newClaimedRing() }
	lab(map[string]func(){
		"printed":       measure(printed, false, 2, 4),
		"one-producer":  measure(printed, true, 1),
		"claimed":       measure(claimed, true, 1, 2, 4),
		"orders":        orders,
		"printed-race":  short(printed, 2),
		"claimed-race":  short(claimed, 2),
		"producer-race": short(printed, 1),
	})
}
