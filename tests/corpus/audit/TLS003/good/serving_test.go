package serving

import (
	"net/http"
	"testing"
)

// Tests serve nobody.
func TestServe(t *testing.T) {
	go func() { _ = http.ListenAndServeTLS("127.0.0.1:0", "cert.pem", "key.pem", nil) }()
}
