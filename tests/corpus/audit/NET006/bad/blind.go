package blind

import (
	"net/http"
	prof "net/http/pprof"
)

func routes(mux *http.ServeMux) {
	mux.HandleFunc("/debug/pprof/", prof.Index) // want
	mux.HandleFunc("/api/users", users)
}

func users(http.ResponseWriter, *http.Request) {}
