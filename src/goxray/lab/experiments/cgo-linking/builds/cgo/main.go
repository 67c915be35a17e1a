// The same program with a call into C: the system's linker makes the executable.
package main

/*
static int twice(int n) { return 2 * n; }
*/
import "C"

import (
	"debug/elf"
	"strings"
)

func look() {
	truth("", "c_answers", C.twice(21) == 42)
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	if err != nil {
		panic(err)
	}
	emit("", "libraries", float64(len(libraries)), "1")
	versions := map[string]bool{}
	symbols, err := file.ImportedSymbols()
	if err != nil {
		panic(err)
	}
	for _, each := range symbols {
		if strings.HasPrefix(each.Version, "GLIBC_") {
			versions[each.Version] = true
		}
	}
	emit("", "glibc_versions", float64(len(versions)), "1")
}

func main() { lab(map[string]func(){"main": look}) }
