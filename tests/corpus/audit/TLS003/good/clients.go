package clients

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// A client speaks what its server speaks.
func client() *http.Client {
	return &http.Client{Timeout: time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{}}}
}

// Dialling serves nobody.
func dial(addr string) (*tls.Conn, error) {
	return tls.Dial("tcp", addr, &tls.Config{})
}

// The client's end of a connection.
func end(conn net.Conn) *tls.Conn {
	return tls.Client(conn, &tls.Config{})
}

// Plain HTTP is another rule's.
func plain(handler http.Handler) error {
	return http.ListenAndServe("127.0.0.1:8080", handler)
}

// A method of the same name on a type of one's own.
func own(s *gateway) error {
	return s.ListenAndServeTLS("cert.pem", "key.pem")
}

type gateway struct{}

// Not the standard library's.
func (g *gateway) ListenAndServeTLS(cert, key string) error {
	return nil
}
