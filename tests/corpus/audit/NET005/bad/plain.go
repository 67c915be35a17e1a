package plain

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

const api = "http://api.example.com"

var client = &http.Client{Timeout: time.Second}

func get() (*http.Response, error) {
	return client.Get("http://api.example.com/v1/status") // want
}

func constant() (*http.Response, error) {
	return client.Head(api + "/v1") // want
}

func request(ctx context.Context) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodGet, api, nil) // want
}

func formatted(id int) (*http.Request, error) {
	url := fmt.Sprintf("http://users.internal:8080/users/%d", id)
	return http.NewRequest(http.MethodGet, url, nil) // want
}

func everywhere(mux *http.ServeMux) error {
	return http.ListenAndServe(":80", mux) // want
}

func zeroes() (net.Listener, error) {
	return net.Listen("tcp", "0.0.0.0:9000") // want
}

func six() (net.Listener, error) {
	return net.Listen("tcp6", "[::]:9000") // want
}

func secure(config *tls.Config) (net.Listener, error) {
	return tls.Listen("tcp", ":8443", config) // want
}

func server(mux *http.ServeMux) *http.Server {
	return &http.Server{
		Addr:              ":8080", // want
		Handler:           mux,
		ReadHeaderTimeout: time.Second,
	}
}

func plainServer(mux *http.ServeMux) error {
	return http.ListenAndServe("10.0.0.5:8080", mux) // want
}

func packets() (net.PacketConn, error) {
	return net.ListenPacket("udp", ":514") // want
}

func framework() error {
	r := gin.New()
	return r.Run(":8080") // want
}

func later(s *http.Server) *http.Server {
	n := &http.Server{ReadHeaderTimeout: time.Second}
	n.Addr = "0.0.0.0:8080" // want
	return n
}
