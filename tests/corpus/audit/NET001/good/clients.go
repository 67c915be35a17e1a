package clients

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

var client = &http.Client{Timeout: 5 * time.Second}

// A client of its own.
func own(u string) (*http.Response, error) {
	return client.Get(u)
}

// A header has a Get of its own.
func header(r *http.Request) string {
	return r.Header.Get("X-Request-Id")
}

// So have the values of a query.
func query(v url.Values) string {
	return v.Get("id")
}

type fake struct{}

func (fake) Get(string) (*http.Response, error) { return nil, nil }

// The name of the package is shadowed.
func shadowed() {
	http := fake{}
	http.Get("https://api.example.com")
}

// The name of the package is a parameter.
func parameter(http fake) {
	http.Get("https://api.example.com")
}

// A request with a deadline through a client of its own.
func withContext(ctx context.Context, u string) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	return client.Do(req)
}

// Only the words stand in a text.
func text() string {
	return "http.Get and http.DefaultClient wait for ever"
}

// DefaultClient of the package itself is another one.
var DefaultClient = client

// It is used by its plain name.
func usesOwn(u string) error {
	_, err := DefaultClient.Head(u)
	return err
}

// A function Post that is no library's.
func post(u string) error {
	return Post(u)
}

func Post(string) error { return nil }
