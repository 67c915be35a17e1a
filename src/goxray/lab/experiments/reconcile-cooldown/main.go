// A loop that scales a pool of nodes, as a deterministic simulation: a clock of 15 s steps, loads that are computed,
// new nodes that take two minutes to serve.
package main

import "math"

const (
	step      = 15    // seconds between two looks
	day       = 86400 // seconds simulated
	boot      = 120   // seconds until a new node serves
	minNodes  = 2
	maxNodes  = 20
	grow      = 2 // nodes added at once
	high      = 75.0
	perNode   = 100.0 // a node at 100% does this much
	flapAfter = 1800  // two opposite moves within this many seconds are a flap
)

// policy says when to shrink and how long to wait after a move.
type policy struct {
	low      float64 // CPU below which a node goes; 0: never
	cooldown int     // seconds
}

// load is the work asked for at a second, in percent of one node.
type load func(at int) float64

var loads = []struct {
	name  string
	asked load
}{
	{"constant load", func(int) float64 { return 310 }},
	{"steps", func(at int) float64 {
		if at/14400%2 == 0 {
			return 250
		}
		return 1100
	}},
	{"a wave of 12 h", func(at int) float64 { return 700 + 500*math.Sin(2*math.Pi*float64(at)/43200) }},
	{"a wave of 20 min", func(at int) float64 { return 700 + 500*math.Sin(2*math.Pi*float64(at)/1200) }},
}

// rules say when a node is taken away.
var rules = []struct {
	name string
	low  float64
}{{"never shrinks as printed", 0}, {"shrinks below the same 75%", 75}, {"shrinks below 40%", 40}}

// simulate returns the number of flaps (a move that is undone within half an hour), of moves, and the nodes and the
// nodes that the load needs at the end.
func simulate(p policy, asked load) (flaps, moves, nodes, needed int) {
	nodes = minNodes
	serving := minNodes
	ready := []int{} // when the nodes that boot will serve
	lastMove, lastWay := math.MinInt32, 0
	for at := 0; at < day; at += step {
		for len(ready) > 0 && ready[0] <= at {
			ready = ready[1:]
			serving++
		}
		if serving > nodes {
			serving = nodes
		}
		cpu := math.Min(100, asked(at)/(float64(serving)*perNode)*100)
		if at-lastMove < p.cooldown {
			continue
		}
		way := 0
		switch {
		case cpu > high && nodes < maxNodes:
			way = 1
			for n := 0; n < grow && nodes < maxNodes; n++ {
				nodes++
				ready = append(ready, at+boot)
			}
		case p.low > 0 && cpu < p.low && nodes > minNodes && len(ready) == 0:
			way = -1
			nodes--
			serving--
		}
		if way == 0 {
			continue
		}
		moves++
		if lastWay == -way && at-lastMove <= flapAfter {
			flaps++
		}
		lastMove, lastWay = at, way
	}
	needed = int(math.Ceil(asked(day-1) / high))
	return flaps, moves, nodes, needed
}

func run(cooldown int) func() {
	return func() {
		for _, rule := range rules {
			for _, each := range loads {
				flaps, moves, nodes, needed := simulate(policy{rule.low, cooldown}, each.asked)
				where := each.name + " and the loop " + rule.name
				emit(where, "flaps", float64(flaps), "1")
				emit(where, "moves", float64(moves), "1")
				emit(where, "nodes_too_many_at_the_end", float64(nodes-max(minNodes, needed)), "1")
			}
		}
	}
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func main() { lab(map[string]func(){"cooldown": run(300), "no-cooldown": run(0)}) }
