package main

import (
	"net/http"
	_ "net/http/pprof" // want
)

func main() {
	panic(http.ListenAndServe("10.0.0.5:8080", http.DefaultServeMux))
}
