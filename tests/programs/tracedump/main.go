// Program tracedump prints what Go's own reader of execution traces makes of a trace's events of the collector and the
// heap, one line an event: time, thread, P, goroutine, what, name, and values.
//
// It imports a package that only the standard library may, and so is built as if it lay there (tests/harness).
package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"io"
	"os"
)

func main() {
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
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(out, "error:", err)
			return
		}
		where := fmt.Sprintf("%d\t%d\t%d\t%d", event.Time(), event.Thread(), event.Proc(), event.Goroutine())
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
