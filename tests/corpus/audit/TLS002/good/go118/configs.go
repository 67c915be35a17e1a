package configs

import (
	"crypto/tls"
	"crypto/x509"
)

// From go 1.18 on a client's default is TLS 1.2.
func client(pool *x509.CertPool) *tls.Config { return &tls.Config{RootCAs: pool} }

// Copied from one that has it.
func copied(original *tls.Config) *tls.Config {
	c := new(tls.Config)
	*c = *original
	return c
}
