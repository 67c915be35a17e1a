package blind

import (
	"net/http"
	"time"
)

const limit = 5 * time.Second

// A constant of the package.
func constant() *http.Client { return &http.Client{Timeout: limit} }

// Copied from one that has its time-out.
func copied(original *http.Client) *http.Client {
	c := new(http.Client)
	*c = *original
	return c
}

// Set through the field that it was put in.
type api struct{ client http.Client }

// The field gets its time-out.
func newAPI() *api {
	a := &api{}
	a.client.Timeout = limit
	return a
}

// From a parameter: somebody else decides.
func given(t time.Duration) *http.Client { return &http.Client{Timeout: t} }
