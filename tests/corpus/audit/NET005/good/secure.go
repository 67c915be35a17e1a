package secure

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

const api = "https://api.example.com"

var client = &http.Client{Timeout: time.Second}

// TLS.
func get() (*http.Response, error) {
	return client.Get(api + "/v1/status")
}

// This machine alone.
func sidecar() (*http.Response, error) {
	return client.Get("http://127.0.0.1:15000/ready")
}

// This machine by its name.
func byName(port int) (*http.Response, error) {
	return client.Get(fmt.Sprintf("http://localhost:%s/ready", "8080"))
}

// A host that is not known.
func unknown(host string) (*http.Response, error) {
	return client.Get(fmt.Sprintf("http://%s/ready", host))
}

// A listener at the loopback address.
func loopback(mux *http.ServeMux) error {
	return http.ListenAndServe("127.0.0.1:6060", mux)
}

// A listener at an address of its own.
func address() (net.Listener, error) {
	return net.Listen("tcp", "10.0.0.5:9000")
}

// A socket in the file system.
func socket() (net.Listener, error) {
	return net.Listen("unix", "/run/app:1.sock")
}

// An address from the configuration.
func configured(addr string) (net.Listener, error) {
	return net.Listen("tcp", addr)
}

// A server with TLS at an address of its own.
func server(mux *http.ServeMux) error {
	s := &http.Server{Addr: "10.0.0.5:8443", Handler: mux, ReadHeaderTimeout: time.Second}
	return s.ListenAndServeTLS("cert.pem", "key.pem")
}

// The name of a vocabulary.
func namespace() string {
	return "http://www.w3.org/2000/svg"
}

type fake struct{}

func (fake) Listen(string, string) error { return nil }

// A local variable has the package's name.
func shadowed() error {
	net := fake{}
	return net.Listen("tcp", ":80")
}
