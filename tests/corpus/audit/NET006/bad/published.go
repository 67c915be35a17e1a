package main

import (
	"expvar" // want
	"net/http"
)

var served = expvar.NewInt("served")

func main() {
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) { served.Add(1) })
	panic(http.ListenAndServe("10.0.0.5:8080", nil))
}
