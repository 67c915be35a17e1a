//go:build go1.25

package main

import (
	"runtime"
	"runtime/trace"
	"time"
)

// flight writes a trace that begins in the middle: what a flight recorder still had.
func flight(path string) {
	recorder := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: 300 * time.Millisecond})
	check(recorder.Start())
	churn(2, 2, 20_000)
	runtime.GC()
	file := create(path)
	_, err := recorder.WriteTo(file)
	check(err)
	check(file.Close())
	recorder.Stop()
}
