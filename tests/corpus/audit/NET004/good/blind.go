package blind

import "net"

// Declared.
const base = "https://api.example.com/v1"

// Declared by its pattern.
func dial() { net.Dial("tcp", "db.internal.example:5432") }

// Not known.
func given(host string) { net.Dial("tcp", host) }

// A name of XML, which nobody dials.
const namespace = "http://www.w3.org/2000/svg"

type analyzer struct{ Name, URL string }

// A link to documentation.
var check = analyzer{Name: "check", URL: "https://pkg.go.dev/example.org/check"}
