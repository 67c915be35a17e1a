// What stands in this program's own executable.
package main

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os"
	"strings"
)

// ownFile opens the running executable. The caller closes it.
func ownFile() *elf.File {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		fmt.Fprintln(os.Stderr, "the program's own file:", err)
		os.Exit(1)
	}
	return file
}

// ownDebugInfo returns the debugging information of the running executable.
func ownDebugInfo() *dwarf.Data {
	file := ownFile()
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		fmt.Fprintln(os.Stderr, "debug information:", err)
		os.Exit(1)
	}
	return data
}

// librariesAsked returns the shared libraries that an executable asks for: none where it has no dynamic section.
func librariesAsked(file *elf.File) []string {
	libraries, err := file.ImportedLibraries()
	if err != nil {
		return nil
	}
	return libraries
}

// glibcVersions counts the versions of the GNU C library's functions that an executable asks for.
func glibcVersions(file *elf.File) int {
	versions := map[string]bool{}
	symbols, err := file.ImportedSymbols()
	if err != nil {
		return 0
	}
	for _, each := range symbols {
		if strings.HasPrefix(each.Version, "GLIBC_") {
			versions[each.Version] = true
		}
	}
	return len(versions)
}
