package blind

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

func formatted(port int) (net.Listener, error) {
	return net.Listen("tcp", fmt.Sprintf(":%d", port)) // want
}

func zero() *http.Server {
	return &http.Server{Addr: "0.0.0.0:8080", ReadHeaderTimeout: time.Second} // want
}

func six() (net.Listener, error) {
	return net.Listen("tcp", "[::]:443") // want
}

const host, port = "0.0.0.0", "9000"

func joined() (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort(host, port)) // want
}
