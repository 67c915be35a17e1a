// What the three figures between the slashes of a gctrace line are: a child with one busy processor frees a lot, a
// second one leaves its processors idle; the log is held against runtime/metrics.
package main

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
)

type node struct {
	next *node
	pad  [6]int
}

var (
	live    []*node
	garbage *[512]int
)

var triple = regexp.MustCompile(`(?m)^gc \d+ @.*ms clock, [\d.]+\+([\d.]+)/([\d.]+)/([\d.]+)\+[\d.]+ ms cpu`)

// look runs this program as the child of that name, adds the three figures of all its lines, and prints them beside
// what the child read from runtime/metrics.
func look(name, processors string) {
	out, log, err := runAgain("GODEBUG=gctrace=1", "GOMAXPROCS="+processors, "TRIPLE_CHILD="+name)
	if err != nil {
		panic(err)
	}
	lines := triple.FindAllStringSubmatch(log, -1)
	var sums [3]float64
	for _, line := range lines {
		for part := range sums {
			value, _ := strconv.ParseFloat(line[1+part], 64)
			sums[part] += 1e6 * value
		}
	}
	var assist, background, idle, freed float64
	if _, err := fmt.Sscan(out, &assist, &background, &idle, &freed); err != nil {
		panic(err)
	}
	emit(name, "cycles", float64(len(lines)), "1")
	for part, metric := range []float64{assist, background, idle} {
		emit(name, fmt.Sprintf("metric_%d", part+1), metric*1e9, "ns")
		// The log gives two digits at least.
		truth(name, fmt.Sprintf("figure_%d_is_metric", part+1), math.Abs(sums[part]-metric*1e9) <= 0.1*metric*1e9+1e5)
	}
	emit(name, "figure_1", sums[0], "ns")
	emit(name, "figure_2", sums[1], "ns")
	emit(name, "figure_3_"+name, sums[2], "ns")
	emit(name, "swept_tens_of_megabytes", math.Floor(freed/(10<<20)), "1")
}

// settle waits until the last line is written, and writes what the metrics say.
func settle() {
	memStats()
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/mark/assist:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/dedicated:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/gc/heap/frees:bytes"},
	}
	metrics.Read(samples)
	for _, sample := range samples[:3] {
		fmt.Println(sample.Value.Float64())
	}
	fmt.Println(samples[3].Value.Uint64())
}

// build makes a heap of so many small objects with pointers.
func build(objects int) {
	live = make([]*node, objects)
	for i := range live {
		live[i] = &node{}
		if i > 0 {
			live[i].next = live[i/2]
		}
	}
}

// busy never leaves its only processor without work: one goroutine only computes, the other makes garbage that each
// cycle's sweep frees.
func busy() {
	stop := make(chan bool)
	go func() {
		for n := uint64(1); ; n = n*6364136223846793005 + 1 {
			if n == 0 {
				close(stop)
			}
		}
	}()
	build(20000)
	for i := 0; i < 20000; i++ {
		garbage = new([512]int)
	}
	settle()
}

// waiting collects three times while nothing else runs: the processors are idle and help to mark.
func waiting() {
	debug.SetGCPercent(-1)
	build(200000)
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	settle()
	runtime.KeepAlive(live)
}

func measure() {
	look("busy", "1")
	look("waiting", "2")
}

func main() {
	switch os.Getenv("TRIPLE_CHILD") {
	case "busy":
		busy()
	case "waiting":
		waiting()
	default:
		lab(map[string]func(){"main": measure})
	}
}
