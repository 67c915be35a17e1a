package configs

import (
	"crypto/tls"
	"crypto/x509"
)

func server(pool *x509.CertPool) *tls.Config {
	return &tls.Config{ClientCAs: pool, ServerName: "a"} // want
}

var unknown = &tls.Config{} // want

func client() *tls.Config {
	return &tls.Config{ServerName: "a", MinVersion: tls.VersionTLS11} // want
}
