// The same program with a call into C: the system's linker makes the executable.
package main

/*
static int twice(int n) { return 2 * n; }
*/
import "C"

import (
	"debug/elf"
	"runtime"
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
	if runtime.GOARCH == "amd64" {
		emit("", "local_exec", float64(localExec(file)), "1")
	}
}

// localExec counts the relocations by which the objects asked for thread-local storage at an offset that stands in the
// instruction: the local-exec model, which leaves no other to choose. The linker was told to keep what it was given.
func localExec(file *elf.File) (count int) {
	for _, section := range file.Sections {
		if section.Type != elf.SHT_RELA {
			continue
		}
		raw, err := section.Data()
		if err != nil {
			panic(err)
		}
		for at := 0; at+24 <= len(raw); at += 24 {
			if elf.R_X86_64(file.ByteOrder.Uint32(raw[at+8:])) == elf.R_X86_64_TPOFF32 {
				count++
			}
		}
	}
	return count
}

func main() { lab(map[string]func(){"main": look}) }
