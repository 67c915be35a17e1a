// A service as it is built for other machines; here it says whether it is loaded at another address each time.
package main

import (
	"debug/elf"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"strings"
)

func serve(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") }

// measure starts the program six times more and counts the addresses at which they find one function.
func measure() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	seen := map[string]bool{}
	for i := 0; i < 6; i++ {
		child := exec.Command(self)
		child.Env = append(os.Environ(), "LAB_CHILD=1")
		said, err := child.Output()
		if err != nil {
			panic(err)
		}
		seen[strings.TrimSpace(string(said))] = true
	}
	emit("", "load_addresses", float64(len(seen)), "1")
	asked, err := os.ReadFile("/proc/sys/kernel/randomize_va_space")
	truth("", "kernel_randomises", err == nil && strings.TrimSpace(string(asked)) != "0")
	needs()
}

// needs prints what the running executable asks of the system it is started on.
func needs() {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		panic(err)
	}
	defer file.Close()
	interpreters := 0
	for _, each := range file.Progs {
		if each.Type == elf.PT_INTERP {
			interpreters++
		}
	}
	libraries, err := file.ImportedLibraries()
	if err != nil {
		libraries = nil
	}
	emit("a shared library", "asked_for", float64(len(libraries)), "1")
	emit("a program interpreter", "asked_for", float64(interpreters), "1")
}

func main() {
	http.HandleFunc("/", serve)
	if os.Getenv("LAB_CHILD") != "" {
		fmt.Println(reflect.ValueOf(serve).Pointer())
		return
	}
	lab(map[string]func(){"main": measure})
}
