//go:build go1.24

package main

import "runtime"

type cleaned struct {
	p *int
	n int
}

var gCleaned *cleaned

func reachCleanup() {
	m := counted(12)
	add("captured by a cleanup", m).captured()
	gCleaned = &cleaned{n: 1}
	runtime.AddCleanup(gCleaned, func(n int) { m["gone"] = n }, 1)
}
