package blind

import "net/http"

type client struct{ http *http.Client }

// The field is called http and is a client of one's own.
func (c client) field(u string) { c.http.Get(u) }

// A parameter shadows the package.
func shadowed(http interface{ Get(string) }, u string) { http.Get(u) }

// NewRequest makes no request.
func made(u string) (*http.Request, error) { return http.NewRequest("GET", u, nil) }

// The name of a status is no client.
func named() string { return http.StatusText(http.StatusOK) }
