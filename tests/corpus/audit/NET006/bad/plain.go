package main

import (
	"log"
	"net/http"
	_ "net/http/pprof" // want
)

func main() {
	log.Fatal(http.ListenAndServe(":8080", nil))
}
