// Weights that follow the response time, and health probes, on a virtual clock: nothing here waits or measures time.
package main

import (
	"math"
	"sort"
)

// weight is the rule as printed: a factor that falls with the response time, never below a tenth, and then cut to a
// whole number.
func weight(responseMs float64, base int) int {
	return int(float64(base) * math.Max(0.1, 1-responseMs/500))
}

// roundedUp is the same rule with a floor on the weight itself.
func roundedUp(responseMs float64, base int) int {
	return max1(weight(responseMs, base))
}

func max1(n int) int {
	if n < 1 {
		return 1
	}
	return n
}

func least(rule func(float64, int) int) func() {
	return func() {
		for _, base := range []int{1, 5, 9, 10, 100} {
			low := base
			for ms := 0.0; ms <= 5000; ms += 0.5 {
				if w := rule(ms, base); w < low {
					low = w
				}
			}
			emit(map[int]string{1: "base 1", 5: "base 5", 9: "base 9", 10: "base 10", 100: "base 100"}[base], "least_weight", float64(low), "1")
		}
	}
}

// Virtual times are in milliseconds.
const (
	probeEach    = 200
	probeTimeout = 300
	failures     = 3
	successes    = 5
)

// detected returns how long after the backend changed the prober knows, where phase is the time from the change to the
// next probe. A prober that waits for an answer before it asks again starts a probe at the next tick after the answer.
func detected(phase, takes, needed int, overlapping bool) int {
	at := phase
	for n := 1; ; n++ {
		done := at + takes
		if n == needed {
			return done
		}
		next := at + probeEach
		for !overlapping && next < done {
			next += probeEach
		}
		at = next
	}
}

// slowest returns the longest of detected over every phase.
func slowest(takes, needed int, overlapping bool) float64 {
	worst := 0
	for phase := 0; phase < probeEach; phase++ {
		if d := detected(phase, takes, needed, overlapping); d > worst {
			worst = d
		}
	}
	return float64(worst)
}

func probes() {
	emit("backend refuses connections", "converged", slowest(1, failures, true)/1000, "s")
	emit("backend hangs", "converged", slowest(probeTimeout, failures, true)/1000, "s")
	emit("backend hangs with one probe at a time", "converged", slowest(probeTimeout, failures, false)/1000, "s")
	emit("backend answers again", "converged", slowest(1, successes, true)/1000, "s")
	weights()
}

// p95 returns the 95th percentile of the samples (nearest rank).
func p95(samples []float64) float64 {
	sorted := append([]float64(nil), samples...)
	sort.Float64s(sorted)
	return sorted[int(math.Ceil(0.95*float64(len(sorted))))-1]
}

// weights gives a backend whose response time steps between 20 and 400 ms a request every 10 ms of virtual time,
// recomputes its weight each second from the P95 of the last 10 s, and tells how long the weight takes to arrive.
func weights() {
	settle := func(before, after float64) float64 {
		const each, window, recompute = 10, 10000, 1000
		goal := weight(after, 100)
		worst := 0
		for phase := 0; phase < recompute; phase += each {
			change := 20000 + phase
			var samples []float64
			arrived := -1
			for now := 0; now < change+20000; now += each {
				took := before
				if now >= change {
					took = after
				}
				samples = append(samples, took)
				if len(samples) > window/each {
					samples = samples[1:]
				}
				if now%recompute == 0 && now > change && weight(p95(samples), 100) == goal {
					arrived = now - change
					break
				}
			}
			if arrived < 0 {
				arrived = 20000
			}
			if arrived > worst {
				worst = arrived
			}
		}
		return float64(worst)
	}
	emit("backend becomes slow", "converged", settle(20, 400)/1000, "s")
	emit("backend becomes fast again", "converged", settle(400, 20)/1000, "s")
}

// A round robin without probes, as nginx has it unless told otherwise: requests themselves tell it what fails. One
// failure (max_fails) takes a server out for 10 s (fail_timeout), then a request tries it again; a request that hangs is
// a failure after a minute (proxy_read_timeout). Nothing in it knows how long answers take.
const (
	failTimeout = 10000
	readTimeout = 60000
	requestEach = 10
	servers     = 4
)

// rotation returns how long after a server's change the round robin has taken it in: that it fails, or that it works
// again, with every request until then a failure. takes is how long a request to the failing server lasts.
func rotation(takes int, recovers bool, change int) int {
	outUntil := 0
	var failing []int // when the requests that are under way will have failed
	for now := 0; ; now += servers * requestEach {
		for len(failing) > 0 && failing[0] <= now {
			if !recovers {
				return failing[0] - change
			}
			outUntil, failing = failing[0]+failTimeout, failing[1:]
		}
		switch {
		case now < outUntil:
		case (now < change) == recovers:
			failing = append(failing, now+takes)
		case recovers:
			return now - change
		}
	}
}

// slowestRotation returns the longest of rotation over all moments of the change.
func slowestRotation(takes int, recovers bool) float64 {
	worst := 0
	for change := 2 * failTimeout; change < 3*failTimeout+servers*requestEach; change++ {
		worst = max2(worst, rotation(takes, recovers, change))
	}
	return float64(worst)
}

func max2(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func roundRobin() {
	emit("backend refuses connections", "converged", slowestRotation(1, false)/1000, "s")
	emit("backend hangs", "converged", slowestRotation(readTimeout, false)/1000, "s")
	emit("backend answers again", "converged", slowestRotation(1, true)/1000, "s")
}

func main() {
	lab(map[string]func(){
		"printed":     least(weight),
		"floor-of-1":  least(roundedUp),
		"probes":      probes,
		"round-robin": roundRobin,
	})
}
