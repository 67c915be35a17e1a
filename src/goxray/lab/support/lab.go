// Compiled into every experiment: which arms to run in which order, and how to print what was measured.
//
// An experiment's main.go holds `func main() { lab(map[string]func(){"arm": measure, ...}) }` and calls emit in it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// arm is the name of the arm that runs now.
var arm = "main"

// record is one line of the output: a figure of an arm, in a case ("" where there is but one).
type record struct {
	Arm   string  `json:"arm"`
	Case  string  `json:"case,omitempty"`
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// emit prints a figure of the arm that runs now. Units: bytes, ns, s, 1 (a count or a truth value), percent, ops/s.
func emit(inCase, name string, value float64, unit string) {
	line, err := json.Marshal(record{arm, inCase, name, value, unit})
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", inCase, name, err)
		os.Exit(70)
	}
	fmt.Println(string(line))
}

// truth prints 1 or 0.
func truth(inCase, name string, value bool) {
	number := 0.0
	if value {
		number = 1
	}
	emit(inCase, name, number, "1")
}

// armsAsked returns the arms to run in their order: LAB_ARMS, separated by commas; nil without that variable.
func armsAsked() []string {
	if asked := os.Getenv("LAB_ARMS"); asked != "" {
		return strings.Split(asked, ",")
	}
	return nil
}

// lab runs the arms that LAB_ARMS asks for, in that order; without it all of them. An arm that is not in the table but
// is asked for runs as "main" does.
func lab(arms map[string]func()) {
	asked := armsAsked()
	if asked == nil {
		for name := range arms {
			asked = append(asked, name)
		}
	}
	for _, name := range asked {
		run, known := arms[name]
		if !known {
			run = arms["main"]
		}
		if run == nil {
			fmt.Fprintln(os.Stderr, "lab: there is no arm", name)
			os.Exit(70)
		}
		arm = name
		run()
	}
}

// scale returns n in a quick run and n*10 in a thorough one (LAB_THOROUGH=1).
func scale(n int) int {
	if os.Getenv("LAB_THOROUGH") == "1" {
		return 10 * n
	}
	return n
}

// nsPerOp calls f with a growing number of rounds until it takes 20 ms and returns the nanoseconds of a round.
func nsPerOp(f func(rounds int)) float64 {
	for rounds := 1; ; {
		start := time.Now()
		f(rounds)
		taken := time.Since(start)
		if taken >= 20*time.Millisecond || rounds >= 1<<30 {
			return float64(taken.Nanoseconds()) / float64(rounds)
		}
		if taken < time.Millisecond {
			rounds *= 10
		} else {
			rounds = int(float64(rounds)*float64(25*time.Millisecond)/float64(taken)) + 1
		}
	}
}

// heapLive collects twice and returns the bytes of live objects.
func heapLive() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
