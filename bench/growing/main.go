// Command growing grows small maps in a loop, once each, and says how long that took: what bench/trace_run.py measures
// with and without probes. It prints one line of JSON a line of its standard input, which it reads first.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"time"
)

var sink map[int]int

func main() {
	n := flag.Int("n", 100_000, "maps to grow for each line of input")
	flag.Parse()
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]int{"pid": os.Getpid()})
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		began := time.Now()
		for i := 0; i < *n; i++ {
			m := make(map[int]int)
			for k := 0; k < 9; k++ { // one more than a bucket or group holds
				m[k] = k
			}
			sink = m
		}
		out.Encode(map[string]any{"growths": *n, "seconds": time.Since(began).Seconds()})
	}
}
