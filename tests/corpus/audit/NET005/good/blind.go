package blind

import (
	"fmt"
	"net"
)

// One address alone.
func one(port int) (net.Listener, error) { return net.Listen("tcp", fmt.Sprintf("10.0.0.1:%d", port)) }

// A socket of this machine.
func local() (net.Listener, error) { return net.Listen("unix", "/run/app.sock") }

// Loopback, put together.
func joined() (net.Listener, error) { return net.Listen("tcp", net.JoinHostPort("127.0.0.1", "0")) }

// A message that looks like an address.
func message() error { return fmt.Errorf(": %d left", 80) }
