// Program tracedump prints what Go's own reader of execution traces makes of a trace's events of the collector and the
// heap, one line an event: time, "moved" where the reader has put it one behind the event before it, thread, P,
// goroutine, what, name, and values. With two files, it turns a test trace of
// Go's own (testdata/tests) into a binary one.
//
// It imports a package that only the standard library may, and so is built as if it lay there (tests/harness).
package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"internal/trace/testtrace"
	"io"
	"os"
)

// binary turns one of Go's own test traces, which are text, into a trace as programs write it.
func binary(from, to string) {
	reader, _, _, err := testtrace.ParseFile(from)
	if err != nil {
		panic(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		panic(err)
	}
}

func main() {
	if len(os.Args) == 3 {
		binary(os.Args[1], os.Args[2])
		return
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	reader, err := trace.NewReader(bufio.NewReader(file))
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var before trace.Time
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(out, "error:", err)
			return
		}
		moved := ""
		if event.Time() == before+1 {
			moved = "moved"
		}
		before = event.Time()
		where := fmt.Sprintf("%d\t%s\t%d\t%d\t%d", event.Time(), moved, event.Thread(), event.Proc(), event.Goroutine())
		switch event.Kind() {
		case trace.EventMetric:
			metric := event.Metric()
			fmt.Fprintf(out, "%s\tmetric\t%s\t%s\n", where, metric.Name, metric.Value)
		case trace.EventRangeBegin, trace.EventRangeActive, trace.EventRangeEnd:
			span := event.Range()
			fmt.Fprintf(out, "%s\t%s\t%s\t%s", where, event.Kind(), span.Name, span.Scope)
			if event.Kind() == trace.EventRangeEnd {
				for _, each := range event.RangeAttributes() {
					fmt.Fprintf(out, "\t%s=%s", each.Name, each.Value)
				}
			}
			fmt.Fprintln(out)
		case trace.EventSync:
			if snapshot := event.Sync().ClockSnapshot; snapshot != nil {
				fmt.Fprintf(out, "%s\tclock\t%d\t%d\t%d\n", where, snapshot.Trace, snapshot.Mono, snapshot.Wall.UnixNano())
			}
		}
	}
}
