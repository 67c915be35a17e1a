// GOMAXPROCS as the runtime sets it, and the CPUs that this process may use.
package main

import "runtime"

func measure() {
	emit("", "gomaxprocs", float64(runtime.GOMAXPROCS(0)), "1")
	emit("", "cpus", float64(runtime.NumCPU()), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
