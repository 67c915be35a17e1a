package configs

import (
	"crypto/tls"
	"testing"
)

// A test's server has a certificate of its own.
func TestServer(t *testing.T) {
	_ = &tls.Config{InsecureSkipVerify: true}
}
