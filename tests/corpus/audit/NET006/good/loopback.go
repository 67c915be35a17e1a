package main

import (
	"net/http"
	_ "net/http/pprof"
	"time"
)

// The default mux is served to this machine alone.
func main() {
	go http.ListenAndServe("127.0.0.1:6060", nil)
	s := &http.Server{Addr: "10.0.0.5:8443", Handler: http.NewServeMux(), ReadHeaderTimeout: time.Second}
	panic(s.ListenAndServeTLS("cert.pem", "key.pem"))
}
