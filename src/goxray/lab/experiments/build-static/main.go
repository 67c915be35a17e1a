// A service as it is built for other machines; here it says whether it is loaded at another address each time.
package main

import (
	"debug/elf"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
)

func serve(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") }

// measure starts the program six times more and counts the addresses at which they find one function.
func measure() {
	seen := map[string]bool{}
	for i := 0; i < 6; i++ {
		said, _, err := runAgain("LAB_CHILD=1")
		if err != nil {
			panic(err)
		}
		seen[strings.TrimSpace(said)] = true
	}
	emit("", "load_addresses", float64(len(seen)), "1")
	asked, err := os.ReadFile("/proc/sys/kernel/randomize_va_space")
	truth("", "kernel_randomises", err == nil && strings.TrimSpace(string(asked)) != "0")
	needs()
}

// needs prints what the running executable asks of the system it is started on.
func needs() {
	file := ownFile()
	defer file.Close()
	interpreters := 0
	for _, each := range file.Progs {
		if each.Type == elf.PT_INTERP {
			interpreters++
		}
	}
	emit("a shared library", "asked_for", float64(len(librariesAsked(file))), "1")
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
