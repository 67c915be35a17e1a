// The type checker of goxray's --types: reads what "go list -deps -json" says on standard input, checks those packages
// from their source, and prints one JSON line for each package that was named. Nothing is compiled, nothing is run.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// listed is what go list says of a package; see "go help list".
type listed struct {
	Dir          string
	ImportPath   string
	Name         string
	DepOnly      bool
	GoFiles      []string
	IgnoredFiles []string          `json:"IgnoredGoFiles"`
	ImportMap    map[string]string // import path as written: the ImportPath meant
	Module       *struct {
		GoVersion string
		Main      bool
	}
	Error *struct{ Err string }
}

func main() {
	packages, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "what go list says is not understood:", err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	checker := newChecker(packages)
	for _, p := range packages {
		wanted := !p.DepOnly && (p.Name != "" || p.Error != nil)
		found := checker.check(p, wanted)
		if !wanted {
			continue
		}
		if err := encoder.Encode(found); err != nil {
			os.Exit(1)
		}
		out.Flush() // what was found stays found if a later package brings the checker down
	}
}

func read(from io.Reader) ([]*listed, error) {
	decoder := json.NewDecoder(bufio.NewReaderSize(from, 1<<16))
	var found []*listed
	for {
		p := new(listed)
		if err := decoder.Decode(p); err == io.EOF {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
}
