package blind

import (
	"net/http"
	"net/http/pprof"
)

// A mux of its own for the administrator.
func admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	return mux
}

// A path that only looks like it.
func docs(mux *http.ServeMux) { mux.Handle("/docs/pprof/", http.NotFoundHandler()) }
