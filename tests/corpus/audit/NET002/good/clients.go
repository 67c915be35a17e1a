package clients

import (
	"net/http"
	"time"
)

// The field stands in the literal.
var shared = &http.Client{Timeout: 5 * time.Second}

// The field is set by init.
var late = &http.Client{}

func init() {
	late.Timeout = 10 * time.Second
}

// The field is set in a later statement.
func later() *http.Client {
	c := &http.Client{}
	c.Transport = http.DefaultTransport
	c.Timeout = 3 * time.Second
	return c
}

// The zero value gets it before use.
func zero() http.Client {
	var c http.Client
	c.Timeout = time.Second
	return c
}

// So does one made by new.
func byNew(limit time.Duration) *http.Client {
	c := new(http.Client)
	if limit > 0 {
		c.Timeout = limit
	}
	return c
}

// A parameter is not known to be zero.
func parameter(limit time.Duration) *http.Client {
	return &http.Client{Timeout: limit}
}

func harden(c *http.Client) {
	c.Timeout = 30 * time.Second
}

// A helper of the package sets it.
func byHelper() *http.Client {
	c := &http.Client{}
	harden(c)
	return c
}

// A helper gets the address of a value.
func byHelperAddress() http.Client {
	c := http.Client{}
	harden(&c)
	return c
}

// All fields by position, the fourth is Timeout.
func positional() http.Client {
	return http.Client{nil, nil, nil, 4 * time.Second}
}

type Client struct{ Name string }

// A Client of the package itself.
func own() *Client {
	return &Client{Name: "x"}
}

// A pointer without a client is none.
func nothing() *http.Client {
	var c *http.Client
	return c
}
