package clients

import (
	"net/http"
	"testing"
)

// A test may wait.
func TestFetch(t *testing.T) {
	if _, err := http.Get("http://127.0.0.1:1"); err == nil {
		t.Fatal("nobody should answer")
	}
}
