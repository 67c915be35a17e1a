package declared

import (
	"net"
	"testing"
)

// A test may name whom it likes.
func TestDial(t *testing.T) {
	if _, err := net.Dial("tcp", "nobody.invalid:1"); err == nil {
		t.Fatal("somebody answered")
	}
}
