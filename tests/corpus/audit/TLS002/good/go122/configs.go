package configs

import "crypto/tls"

// From go 1.22 on a server's default is TLS 1.2.
func server(certificate tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert}
}

// Nothing says what it is for; both defaults are TLS 1.2.
var any = &tls.Config{}

// A client's.
func client() *tls.Config { return &tls.Config{ServerName: "db.internal"} }
