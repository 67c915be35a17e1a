// What the tools that are named for looking into maps tell of them, and what texts the runtime has for their layout.
package main

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"unsafe"
)

var kept []any

func measure() {
	// unsafe.Sizeof of maps of different types and fillings.
	numbers, wide := map[int64]int64{}, map[[16]int64][16]int64{}
	sizes := map[uintptr]bool{}
	sizes[unsafe.Sizeof(numbers)] = true
	sizes[unsafe.Sizeof(wide)] = true
	for i := int64(0); i < 10_000; i++ {
		numbers[i] = i
	}
	sizes[unsafe.Sizeof(numbers)] = true
	emit("", "different_sizeof", float64(len(sizes)), "1")
	emit("", "sizeof_a_map", float64(unsafe.Sizeof(numbers)), "bytes")

	// debug.ReadGCStats: is there any figure on maps, buckets or hashes?
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	typ, about := reflect.TypeOf(stats), 0
	for i := 0; i < typ.NumField(); i++ {
		name := strings.ToLower(typ.Field(i).Name)
		for _, word := range []string{"map", "bucket", "hash", "load", "overflow"} {
			if strings.Contains(name, word) {
				about++
			}
		}
	}
	emit("", "fields_of_gcstats", float64(typ.NumField()), "1")
	emit("", "fields_of_gcstats_on_maps", float64(about), "1")

	// Texts in this executable, which holds the runtime and reflect. They are put together here, so that the program
	// itself does not hold them.
	kept = append(kept, reflect.ValueOf(numbers).MapRange())
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	count := func(words ...string) float64 {
		return float64(bytes.Count(own, []byte(strings.Join(words, " "))))
	}
	emit("", "times_unsupported_map_layout", count("unsupported", "map", "layout"), "1")
	emit("", "times_concurrent_map_writes", count("concurrent", "map", "writes"), "1")
}

func main() { lab(map[string]func(){"main": measure}) }
