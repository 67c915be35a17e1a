package admin

import (
	"expvar"
	"net/http"
	"net/http/pprof"
)

// A mux for people who run the service.
func routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.Handle("/debug/vars", expvar.Handler())
	return mux
}

// Such a mux with its other pages.
func more(health http.Handler) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/healthz", health)
	mux.Handle("GET /metrics", health)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	return mux
}

// Two muxes in one function.
func two(orders http.Handler) (*http.ServeMux, *http.ServeMux) {
	service, inner := http.NewServeMux(), http.NewServeMux()
	service.Handle("/orders", orders)
	inner.HandleFunc("/debug/pprof/", pprof.Index)
	return service, inner
}
