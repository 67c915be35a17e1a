package serving

import (
	"crypto/tls"
	"net"
	"net/http"

	echo "github.com/labstack/echo/v4"
	"github.com/gin-gonic/gin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func short() error {
	return http.ListenAndServeTLS(":8443", "cert.pem", "key.pem", nil) // want
}

func server(handler http.Handler) error {
	s := &http.Server{Addr: ":8443", Handler: handler}
	return s.ListenAndServeTLS("cert.pem", "key.pem") // want
}

func onListener(s *http.Server, l net.Listener) error {
	return s.ServeTLS(l, "cert.pem", "key.pem") // want
}

func plainServe(l net.Listener, handler http.Handler) error {
	return http.ServeTLS(l, handler, "cert.pem", "key.pem") // want
}

func listen(config *tls.Config) (net.Listener, error) {
	return tls.Listen("tcp", ":8443", config) // want
}

func wrapped(l net.Listener, config *tls.Config) net.Listener {
	return tls.NewListener(l, config) // want
}

func one(conn net.Conn, config *tls.Config) error {
	return tls.Server(conn, config).Handshake() // want
}

func rpc() (*grpc.Server, error) {
	creds, err := credentials.NewServerTLSFromFile("cert.pem", "key.pem") // want
	return grpc.NewServer(grpc.Creds(creds)), err
}

func rpcOf(cert *tls.Certificate) *grpc.Server {
	return grpc.NewServer(grpc.Creds(credentials.NewServerTLSFromCert(cert))) // want
}

func web(engine *gin.Engine) error {
	return engine.RunTLS(":8443", "cert.pem", "key.pem") // want
}

func echoed(e *echo.Echo) error {
	return e.StartTLS(":8443", "cert.pem", "key.pem") // want
}
