// What stands in the lines of GODEBUG=gctrace=1: this program runs itself again and reads what the runtime writes.
package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	kept map[int]int
	sink [8][]*int
)

// again runs this program as the child of that name and returns what it and the runtime wrote.
func again(name string) (out, log string) {
	out, log, err := runAgain("GODEBUG=gctrace=1", "GCTRACE_CHILD="+name)
	if err != nil {
		panic(err)
	}
	os.Stderr.WriteString(log)
	return out, log
}

var (
	start  = regexp.MustCompile(`^gc (\d+) @(\d+)\.(\d+)s `)
	clock  = regexp.MustCompile(`: ([\d.+]+) ms clock`)
	assist = regexp.MustCompile(`, [\d.]+\+([\d.]+)/[\d.]+/[\d.]+\+[\d.]+ ms cpu`)
	sample = regexp.MustCompile(`^gc \d+ @\d+\.\d+s \d+%: [\d.]+\+[\d.]+\+[\d.]+ ms clock, ` +
		`[\d.]+\+[\d.]+/[\d.]+/[\d.]+\+[\d.]+ ms cpu, \d+->\d+->\d+ MB, \d+ MB goal, \d+ P( \(forced\))?$`)
)

func gcLines(log string) []string {
	var lines []string
	for _, line := range strings.Split(log, "\n") {
		if start.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func parse(text string) float64 {
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		panic(err)
	}
	return value
}

// shape looks at the form of each line: how many parts the clock field has, and whether the line is like the sample.
func shape(lines []string) {
	parts, decimals, alike := map[int]int{}, 0, 0
	for _, line := range lines {
		if found := clock.FindStringSubmatch(line); found != nil {
			parts[strings.Count(found[1], "+")+1]++
		}
		decimals = len(start.FindStringSubmatch(line)[3])
		if sample.MatchString(line) {
			alike++
		}
	}
	emit("", "lines", float64(len(lines)), "1")
	emit("", "lines_like_sample", float64(alike), "1")
	emit("", "stamp_decimals", float64(decimals), "1")
	for number, lines := range parts {
		emit("", "clock_parts", float64(number), "1")
		emit("", "lines_with_clock", float64(lines), "1")
	}
}

// stamps holds the @ times against the child's own clock: it wrote when each forced cycle was asked for and done, and
// the time between two cycles lies between what these allow.
func stamps(lines []string, out string) {
	var asked, done []float64
	for _, line := range strings.Split(out, "\n") {
		var from, to float64
		if n, _ := fmt.Sscanf(line, "cycle %f %f", &from, &to); n == 2 {
			asked, done = append(asked, from), append(done, to)
		}
	}
	fit, numbered := 0, 0
	for i := range lines {
		found := start.FindStringSubmatch(lines[i])
		if int(parse(found[1])) == i+1 {
			numbered++
		}
		if i == 0 || len(lines) != len(asked) {
			continue
		}
		before := start.FindStringSubmatch(lines[i-1])
		between := parse(found[2]+"."+found[3]) - parse(before[2]+"."+before[3])
		const rounding = 0.002
		if between >= asked[i]-done[i-1]-rounding && between <= done[i]-asked[i-1]+rounding {
			fit++
		}
	}
	emit("", "numbers_in_order", float64(numbered)/float64(len(lines)), "1")
	emit("", "stamps_that_fit", float64(fit)/float64(len(lines)-1), "1")
}

func measure() {
	out, log := again("cycles")
	lines := gcLines(log)
	shape(lines)
	stamps(lines, out)

	out, log = again("assist")
	sum, assisted := 0.0, false
	for _, line := range gcLines(log) {
		if found := assist.FindStringSubmatch(line); found != nil {
			sum += parse(found[1])
			assisted = assisted || parse(found[1]) > 0
		}
	}
	truth("", "assisted", assisted)
	emit("", "assist_in_log", sum*1e6, "ns")
	emit("", "assist_by_metric", parse(out)*1e9, "ns")

	out, log = again("grow")
	emit("", "grown_bytes", parse(out), "bytes")
	emit("", "lines_while_growing", float64(len(gcLines(log))), "1")
}

// cycles collects a few times, at times of its own, and writes when.
func cycles() {
	debug.SetGCPercent(-1)
	begin := time.Now()
	for i := 0; i < 6; i++ {
		kept = make(map[int]int, 10000)
		time.Sleep(time.Duration(3+4*i) * time.Millisecond)
		from := time.Since(begin).Seconds()
		runtime.GC()
		fmt.Printf("cycle %.6f %.6f\n", from, time.Since(begin).Seconds())
	}
}

// pressed allocates pointers on all processors so fast that the goroutines have to help marking, and writes the
// seconds that the runtime's metric says of it.
func pressed() {
	debug.SetGCPercent(20)
	live := make([]*[8]*int, 1<<17)
	for i := range live {
		live[i] = new([8]*int)
	}
	var wait sync.WaitGroup
	for g := range sink {
		wait.Add(1)
		go func(g int) {
			defer wait.Done()
			for i := 0; i < 100; i++ {
				sink[g] = make([]*int, 1<<12)
			}
		}(g)
	}
	wait.Wait()
	debug.SetGCPercent(-1)
	runtime.GC()
	runtime.KeepAlive(live)
	fmt.Println(metric("/cpu/classes/gc/mark/assist:cpu-seconds"))
}

// grow lets a map grow many times with the collector off and writes the bytes that it allocated.
func grow() {
	debug.SetGCPercent(-1)
	kept = map[int]int{}
	bytes, _ := allocatedBy(func() {
		for i := 0; i < 100000; i++ {
			kept[i] = i
		}
	})
	fmt.Println(bytes)
}

func main() {
	switch os.Getenv("GCTRACE_CHILD") {
	case "cycles":
		cycles()
		memStats() // waits until the line is written
	case "assist":
		pressed()
		memStats() // waits until the line is written
	case "grow":
		grow()
	default:
		lab(map[string]func(){"main": measure})
	}
}
