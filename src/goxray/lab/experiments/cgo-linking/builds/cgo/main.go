// The same program with a call into C: the system's linker makes the executable.
package main

/*
static int twice(int n) { return 2 * n; }
*/
import "C"

import (
	"debug/elf"
	"runtime"
)

func look() {
	truth("", "c_answers", C.twice(21) == 42)
	file := ownFile()
	defer file.Close()
	emit("", "libraries", float64(len(librariesAsked(file))), "1")
	emit("", "glibc_versions", float64(glibcVersions(file)), "1")
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
