package both

import (
	"crypto/tls"
	"net"

	"gitee.com/Trisia/gotlcp/pa"
	"gitee.com/Trisia/gotlcp/tlcp"
)

// Both protocols on one port.
func listen(gm *tlcp.Config, other *tls.Config) (net.Listener, error) {
	return pa.Listen("tcp", ":8443", gm, other)
}

// Go's TLS beside GM TLS, which the package brings.
func beside(other *tls.Config) (net.Listener, error) {
	return tls.Listen("tcp", ":9443", other)
}
