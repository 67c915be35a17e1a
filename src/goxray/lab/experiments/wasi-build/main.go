// A function of a service that makes an outgoing HTTP request: it compiles for wasip1 as well. Whether the request can
// leave is up to the package net of that target.
package main

import (
	"io"
	"net/http"
	"os"
)

// fetch writes what is found at an address, and tells whether it worked.
func fetch(address string) bool {
	response, err := http.Get(address)
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err == nil
}

func main() {
	if len(os.Args) > 1 && !fetch(os.Args[1]) {
		os.Exit(1)
	}
}
