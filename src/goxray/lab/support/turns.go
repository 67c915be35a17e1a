// Pairs that are measured by turns, so that what else the machine does meets all of them alike.
package main

import (
	"sort"
	"sync"
)

// byTurns runs each function so many times, one after the other in turns, and returns what each gave, sorted.
func byTurns(times int, functions ...func() float64) [][]float64 {
	found := make([][]float64, len(functions))
	for turn := 0; turn < times; turn++ {
		for i := range functions {
			at := (i + turn) % len(functions)
			found[at] = append(found[at], functions[at]())
		}
	}
	for _, each := range found {
		sort.Float64s(each)
	}
	return found
}

// paired holds the figures of arms that are measured together when the first of them runs.
type paired struct {
	once  sync.Once
	found map[string][]record
}

// add keeps a figure for an arm.
func (p *paired) add(forArm, inCase, name string, value float64, unit string) {
	if p.found == nil {
		p.found = map[string][]record{}
	}
	p.found[forArm] = append(p.found[forArm], record{forArm, inCase, name, value, unit})
}

// print has the figures of all arms measured once, and prints those of the arm that runs now.
func (p *paired) print(measure func()) {
	p.once.Do(measure)
	for _, each := range p.found[arm] {
		emit(each.Case, each.Name, each.Value, each.Unit)
	}
}
