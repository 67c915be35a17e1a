package gm

import (
	"net"
	"net/http"

	"github.com/tjfoc/gmsm/gmtls"
)

// The older stack is a stack; that it is old is another rule's.
func serve(handler http.Handler, config *gmtls.Config) error {
	l, err := gmtls.Listen("tcp", ":8443", config)
	if err != nil {
		return err
	}
	return http.Serve(l, handler)
}

// A fallback beside it.
func fallback(l net.Listener, handler http.Handler) error {
	return http.ServeTLS(l, handler, "cert.pem", "key.pem")
}
