package service

import (
	"net/http"
	"net/http/pprof"
)

func routes(orders http.Handler) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/orders", orders)
	mux.HandleFunc("/debug/pprof/", pprof.Index) // want
	return mux
}

func heap(users http.Handler) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /users/{id}", users)
	mux.Handle("/debug/heap", pprof.Handler("heap")) // want
	return mux
}

func wrapped(root http.Handler) *http.ServeMux {
	m := http.NewServeMux()
	m.Handle("/", root)
	m.Handle("/debug/profile", http.HandlerFunc(pprof.Profile)) // want
	return m
}
