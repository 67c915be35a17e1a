//go:build go1.23

package main

import (
	"fmt"
	"unique"
)

var (
	gHandles  []unique.Handle[string]
	gNumbers4 []unique.Handle[[4]uint64]
)

// makeUnique makes handles, some of which are dropped again.
func makeUnique() {
	for i := 0; i < 20; i++ {
		gHandles = append(gHandles, unique.Make(fmt.Sprint("handle ", i%7)))
		gNumbers4 = append(gNumbers4, unique.Make([4]uint64{uint64(i % 3)}))
		unique.Make(fmt.Sprint("dropped handle ", i))
	}
}
