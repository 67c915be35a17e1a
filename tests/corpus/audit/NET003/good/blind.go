package blind

import (
	"net/http"
	"time"
)

type options struct{ header time.Duration }

// From a field of the options.
func fromOptions(o options) *http.Server { return &http.Server{ReadHeaderTimeout: o.header} }

// Set through a pointer later.
func later() *http.Server {
	s := &http.Server{Addr: "127.0.0.1:80"}
	s.ReadTimeout = time.Second
	return s
}

// Set by a helper of the package.
func byHelper() *http.Server {
	s := &http.Server{}
	limits(s)
	return s
}

func limits(s *http.Server) { s.ReadHeaderTimeout = time.Second }
