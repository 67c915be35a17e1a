package configs

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"net/http"
)

const verify = true

// A pool of authorities.
func pool(p *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: p, MinVersion: tls.VersionTLS12}
}

// It is false as written.
func written() *tls.Config {
	return &tls.Config{InsecureSkipVerify: false}
}

// A constant is turned round.
func turned() *tls.Config {
	return &tls.Config{InsecureSkipVerify: !verify}
}

// It is switched back on.
func on(t *http.Transport) {
	t.TLSClientConfig.InsecureSkipVerify = false
}

// What a parameter holds is not known.
func parameter(skip bool) *tls.Config {
	return &tls.Config{InsecureSkipVerify: skip}
}

// Nor is what a flag holds.
func flagged() *tls.Config {
	skip := flag.Bool("skip", false, "")
	flag.Parse()
	return &tls.Config{InsecureSkipVerify: *skip}
}

// A local name hides the constant.
func shadowed() *tls.Config {
	verify := false
	return &tls.Config{InsecureSkipVerify: verify}
}

// It is read, not set.
func read(c *tls.Config) bool {
	return c.InsecureSkipVerify == true
}

// Only the word stands in a text.
func text() string {
	return "InsecureSkipVerify: true"
}

type options struct{ InsecureSkipVerifyWarning bool }

// A longer name is another one.
func longer() options {
	return options{InsecureSkipVerifyWarning: true}
}

// A variable that is written twice has no one value.
func twice(debug bool) *tls.Config {
	skip := true
	if !debug {
		skip = false
	}
	return &tls.Config{InsecureSkipVerify: skip}
}
