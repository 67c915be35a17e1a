// What the running executable asks of the system's C library, read from its own ELF file.
package main

import (
	"debug/elf"
	"strings"
)

// look is shared by the build with cgo (builds/cgo) and the one without.
func look() {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	if err != nil {
		libraries = nil
	}
	emit("", "libraries", float64(len(libraries)), "1")
	versions := map[string]bool{}
	symbols, err := file.ImportedSymbols()
	if err == nil {
		for _, each := range symbols {
			if strings.HasPrefix(each.Version, "GLIBC_") {
				versions[each.Version] = true
			}
		}
	}
	emit("", "glibc_versions", float64(len(versions)), "1")
}

func main() { lab(map[string]func(){"main": look}) }
