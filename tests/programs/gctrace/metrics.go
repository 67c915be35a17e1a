//go:build go1.21
// +build go1.21

package main

import "runtime/metrics"

var names = []string{"/gc/heap/live:bytes", "/gc/scan/stack:bytes", "/gc/scan/globals:bytes"}

// measure returns what the collector itself keeps of the last cycle.
func measure() map[string]uint64 {
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	found := make(map[string]uint64)
	for _, sample := range samples {
		found[sample.Name] = sample.Value.Uint64()
	}
	return found
}
