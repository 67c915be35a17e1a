// Whether the figures of a published table agree with each other: a mean below the 99th percentile, and Little's law.
// The table's figures are the program's input, as they were printed.
package main

import (
	"container/heap"
	"math/rand"
)

type row struct {
	name                string
	meanUs, p99Us, perS float64
}

// table is section 4.1 of the article: 1 KB requests, one core.
var table = []row{
	{"default net/http", 231, 228, 42100},
	{"io_uring and netpoll", 87, 86.7, 118600},
}

func figures() {
	for _, r := range table {
		emit(r.name, "mean_over_p99", r.meanUs/r.p99Us, "1")
		emit(r.name, "in_flight", r.perS*r.meanUs/1e6, "1")
		// The slowest request in a hundred would have to take this long on average, if the others took the P99 itself:
		// the least tail with which the mean can be where it is.
		emit(r.name, "least_tail", (r.meanUs-0.99*r.p99Us)/0.01/r.p99Us, "1")
	}
	emit("", "saved", 100*(1-table[1].meanUs/table[0].meanUs), "percent")
	emit("", "in_flight_ratio", (table[1].perS*table[1].meanUs)/(table[0].perS*table[0].meanUs), "1")
}

type times []float64

func (t times) Len() int           { return len(t) }
func (t times) Less(i, j int) bool { return t[i] < t[j] }
func (t times) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *times) Push(x any)        { *t = append(*t, x.(float64)) }
func (t *times) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// closed keeps ten requests in flight at one server that takes 1 time unit each on average, and tells the throughput
// times the mean latency: the way of calculating is right if that is ten.
func closed() {
	const inFlight, requests = 10, 200000
	random := rand.New(rand.NewSource(7))
	waiting := make(times, inFlight)
	heap.Init(&waiting)
	free, spent := 0.0, 0.0
	for n := 0; n < requests; n++ {
		began := heap.Pop(&waiting).(float64)
		if free < began {
			free = began
		}
		free += random.ExpFloat64()
		spent += free - began
		heap.Push(&waiting, free)
	}
	emit("", "simulated_in_flight", spent/requests*(requests/free), "1")
}

func main() { lab(map[string]func(){"table": figures, "simulated": closed}) }
