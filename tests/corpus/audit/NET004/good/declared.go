package declared

import (
	"encoding/xml"
	"net"
	"net/http"
	"os"
)

const api = "https://api.example.com/v1"

// A declared host.
func url() string {
	return api + "/orders"
}

// A host below a declared one.
func below() (net.Conn, error) {
	return net.Dial("tcp", "db.internal.example:5432")
}

// This machine.
func local() (net.Conn, error) {
	return net.Dial("tcp", "localhost:6379")
}

// This machine by its address.
func loopback() string {
	return "http://127.0.0.1:8080/ready"
}

// A socket in the file system.
func socket() (net.Conn, error) {
	return net.Dial("unix", "app.sock")
}

// From the configuration.
func configured() (net.Conn, error) {
	return net.Dial("tcp", os.Getenv("COLLECTOR"))
}

// From a parameter.
func parameter(host string) ([]string, error) {
	return net.LookupHost(host)
}

// The name of a vocabulary.
func namespace() xml.Name {
	return xml.Name{Space: "http://www.w3.org/2005/Atom", Local: "feed"}
}

// A text about an address.
func help() string {
	return "see https://docs.example.net/setup for how to begin"
}

// Only a scheme.
func scheme(host string) string {
	return "https://" + host
}

type fake struct{}

func (fake) Dial(string, string) error { return nil }

// A local variable has the package's name.
func shadowed(r *http.Request) error {
	net := fake{}
	return net.Dial("tcp", "collector.example.net:4317")
}
