// A program that knows its functions' names, for builds with and without symbols.
package main

import (
	"runtime"
	"strings"
)

//go:noinline
func unmistakableName() string {
	pc, _, _, ok := runtime.Caller(0)
	if !ok {
		return ""
	}
	return runtime.FuncForPC(pc).Name()
}

func measure() {
	truth("", "knows_its_name", strings.HasSuffix(unmistakableName(), "unmistakableName"))
}

func main() { lab(map[string]func(){"main": measure}) }
