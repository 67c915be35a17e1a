package servers

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

func plain(mux *http.ServeMux) error {
	return http.ListenAndServe("10.0.0.5:8080", mux) // want
}

func secure(mux *http.ServeMux) error {
	return http.ListenAndServeTLS("10.0.0.5:8443", "cert.pem", "key.pem", mux) // want
}

func onListener(l net.Listener) error {
	return http.Serve(l, nil) // want
}

func onListenerTLS(l net.Listener) error {
	return http.ServeTLS(l, nil, "cert.pem", "key.pem") // want
}

func literal(mux *http.ServeMux) error {
	server := &http.Server{Addr: "10.0.0.5:8080", Handler: mux} // want
	return server.ListenAndServe()
}

func value() error {
	var server http.Server // want
	return server.ListenAndServe()
}

func writeOnly() *http.Server {
	return &http.Server{ // want
		Addr:         "10.0.0.5:8080",
		WriteTimeout: 10 * time.Second,
	}
}

func zeroTimes() *http.Server {
	return &http.Server{ReadTimeout: 0, ReadHeaderTimeout: 0} // want
}

func byNew() *http.Server {
	s := new(http.Server) // want
	s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	return s
}

func inBackground(errs chan<- error) {
	go func() { errs <- http.ListenAndServe("10.0.0.5:9090", nil) }() // want
}

func framework() error {
	r := gin.New()
	return r.Run("10.0.0.5:8080") // want
}
