package servers

import (
	"net/http"
	"testing"
)

// A test's server needs no limit.
func TestServe(t *testing.T) {
	go http.ListenAndServe("127.0.0.1:0", nil)
	_ = &http.Server{}
}
