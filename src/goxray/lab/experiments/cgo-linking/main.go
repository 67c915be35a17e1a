// What the running executable asks of the system's C library, read from its own ELF file.
package main

// look is shared by the build with cgo (builds/cgo) and the one without.
func look() {
	file := ownFile()
	defer file.Close()
	emit("", "libraries", float64(len(librariesAsked(file))), "1")
	emit("", "glibc_versions", float64(glibcVersions(file)), "1")
}

func main() { lab(map[string]func(){"main": look}) }
