// Time of code that neither allocates nor waits, on a machine where other things run too.
package main

import "time"

const batches = 30

// nsFastest returns for each function the nanoseconds of a round in the fastest of its batches, which take turns. What
// else the machine does only ever adds to a batch, so the fastest is the nearest to the code's own time. Not for code
// that allocates: the fastest batch would be one without a collection.
func nsFastest(functions ...func(rounds int)) []float64 {
	rounds, best := make([]int, len(functions)), make([]float64, len(functions))
	for i, each := range functions {
		rounds[i] = 1
		for {
			start := time.Now()
			each(rounds[i])
			taken := time.Since(start)
			if taken >= 500*time.Microsecond {
				break
			}
			if taken < 50*time.Microsecond {
				rounds[i] *= 10
			} else {
				rounds[i] = int(float64(rounds[i])*float64(700*time.Microsecond)/float64(taken)) + 1
			}
		}
	}
	for batch := 0; batch < batches; batch++ {
		for i, each := range functions {
			start := time.Now()
			each(rounds[i])
			took := float64(time.Since(start).Nanoseconds()) / float64(rounds[i])
			if batch == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	return best
}
