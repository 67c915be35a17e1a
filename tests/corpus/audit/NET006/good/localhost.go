package main

import (
	_ "expvar"
	"net/http"
)

// The name of this machine is the loopback too.
func main() {
	panic(http.ListenAndServe("localhost:6060", http.DefaultServeMux))
}
