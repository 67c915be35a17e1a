// Reads MCacheInuse from outside the runtime, which is possible only if it is exported.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println(stats.MCacheInuse)
}
