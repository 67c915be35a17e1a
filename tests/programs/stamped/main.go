// Stamped is a small program whose linker flags set variables: for readers of executables.
package main

import (
	"os"

	"example.com/dep"
)

var version, apiKey string

//go:noinline
func told() string {
	return version + apiKey
}

func main() {
	sum := dep.Sum(told())
	os.Stdout.Write(sum[:1])
	foreign()
}
