package configs

import (
	stls "crypto/tls"
	"crypto/x509"
)

const floor = stls.VersionTLS12

// As it should be.
func twelve() *stls.Config {
	return &stls.Config{MinVersion: stls.VersionTLS12}
}

// Better still.
func thirteen() *stls.Config {
	return &stls.Config{MinVersion: stls.VersionTLS13}
}

// A constant elsewhere in the package.
func constant(p *x509.CertPool) *stls.Config {
	return &stls.Config{RootCAs: p, MinVersion: floor}
}

// It is set in a later statement.
func later() *stls.Config {
	c := &stls.Config{ServerName: "db.internal"}
	c.MinVersion = floor
	return c
}

// The zero value gets it before use.
func zero() *stls.Config {
	var c stls.Config
	c.MinVersion = stls.VersionTLS13
	return &c
}

func harden(c *stls.Config) *stls.Config {
	c.MinVersion = floor
	return c
}

// A helper sets it.
func helped() *stls.Config {
	c := &stls.Config{}
	harden(c)
	return c
}

// What a parameter holds is not known.
func parameter(version uint16) *stls.Config {
	return &stls.Config{MinVersion: version}
}

// A low one is raised before use.
func raised() *stls.Config {
	c := &stls.Config{MinVersion: stls.VersionTLS10}
	c.MinVersion = stls.VersionTLS12
	return c
}

// A list of names for a log.
func names() map[uint16]string {
	return map[uint16]string{stls.VersionTLS10: "1.0", stls.VersionTLS11: "1.1"}
}

type Config struct{ Name string }

// A Config of the package itself.
func own() *Config {
	return &Config{Name: "x"}
}

// A copy keeps what the original had.
func copied(c *stls.Config) *stls.Config {
	return c.Clone()
}
