package main

import (
	"net/http"
	_ "net/http/pprof" // want
	"os"
)

func main() {
	panic(http.ListenAndServe(os.Getenv("ADDR"), nil))
}
