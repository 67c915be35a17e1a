package algorithms

import (
	"crypto/tls"
	"net"

	"github.com/emmansun/gmsm/smx509"
)

// The algorithms alone make no GM TLS.
func listen(config *tls.Config, pool *smx509.CertPool) (net.Listener, error) {
	return tls.Listen("tcp", ":8443", config) // want
}
