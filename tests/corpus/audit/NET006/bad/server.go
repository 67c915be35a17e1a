package main

import (
	"net/http"
	_ "net/http/pprof" // want
	"time"
)

func main() {
	s := &http.Server{Addr: "10.0.0.5:8080", ReadHeaderTimeout: time.Second}
	panic(s.ListenAndServe())
}
