package configs

import (
	"crypto/tls"
	"crypto/x509"
)

const oldest = tls.VersionTLS11

var shared = &tls.Config{ServerName: "db.internal"} // want

func ten() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS10} // want
}

func eleven() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS11, // want
		MaxVersion: tls.VersionTLS13,
	}
}

func ssl() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionSSL30} // want
}

func number() *tls.Config {
	return &tls.Config{MinVersion: 0x0301} // want
}

func constant() *tls.Config {
	return &tls.Config{MinVersion: oldest} // want
}

func absent(pool *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: pool} // want
}

func lowered(c *tls.Config) {
	c.MinVersion = tls.VersionTLS10 // want
}

func zero() *tls.Config {
	var c tls.Config // want
	c.ServerName = "db.internal"
	return &c
}

func maximumOnly() tls.Config {
	return tls.Config{MaxVersion: tls.VersionTLS12} // want
}

func local() *tls.Config {
	version := tls.VersionTLS11
	return &tls.Config{MinVersion: uint16(version)} // want
}
