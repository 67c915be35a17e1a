package main

import (
	"net/http"
)

// A service without either of net/http/pprof and "expvar".
func main() {
	panic(http.ListenAndServe("10.0.0.5:8080", nil))
}
