package main

import (
	_ "expvar" // want
	"net/http"
)

func main() {
	panic(http.ListenAndServe("10.0.0.5:8080", nil))
}
