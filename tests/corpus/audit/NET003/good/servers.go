package servers

import (
	"net"
	"net/http"
	"net/rpc"
	"time"

	"github.com/gin-gonic/gin"
)

const headerLimit = 5 * time.Second

// The header has a limit.
func withHeader(mux *http.ServeMux) error {
	server := &http.Server{Addr: "10.0.0.5:8443", Handler: mux, ReadHeaderTimeout: headerLimit}
	return server.ListenAndServeTLS("cert.pem", "key.pem")
}

// ReadTimeout bounds the header too.
func withRead() *http.Server {
	return &http.Server{ReadTimeout: 10 * time.Second}
}

// It is set in a later statement.
func later() *http.Server {
	s := &http.Server{}
	s.ReadHeaderTimeout = time.Second
	return s
}

// A configured value is not known to be zero.
func configured(limit time.Duration) *http.Server {
	return &http.Server{ReadHeaderTimeout: limit}
}

func defaults(s *http.Server) {
	s.ReadHeaderTimeout = headerLimit
	s.IdleTimeout = time.Minute
}

// A helper sets it.
func helped() *http.Server {
	s := &http.Server{Addr: "10.0.0.5:8080"}
	defaults(s)
	return s
}

// The zero value gets it before use.
func zero() error {
	var s http.Server
	s.ReadTimeout = time.Second
	return s.ListenAndServe()
}

// Another protocol's server.
func other(l net.Listener) {
	rpc.NewServer().Accept(l)
}

type engine struct{}

func (engine) ListenAndServe(string, any) error { return nil }

// The name of the package is shadowed.
func shadowed() error {
	http := engine{}
	return http.ListenAndServe("10.0.0.5:8080", nil)
}

// A framework's handler behind a server of its own.
func framework() error {
	r := gin.New()
	s := &http.Server{Handler: r, ReadHeaderTimeout: 2 * time.Second}
	return s.ListenAndServe()
}

var global http.Server

// A package variable gets it elsewhere.
func configure() {
	global.ReadHeaderTimeout = headerLimit
}
