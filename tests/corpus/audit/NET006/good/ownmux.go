package main

import (
	"net/http"
	_ "net/http/pprof"
)

// The service has a mux of its own and nobody serves the default one.
func main() {
	mux := http.NewServeMux()
	panic(http.ListenAndServe("10.0.0.5:8080", mux))
}
