package main

import (
	"log"
	"net/http"
	_ "net/http/pprof" // want
)

func main() {
	http.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {})
	log.Fatal(http.ListenAndServeTLS("10.0.0.5:8443", "cert.pem", "key.pem", nil))
}
