package clients

import (
	h "net/http"
	"net/http/cookiejar"
	"time"
)

var shared = &h.Client{} // want

var zero h.Client // want

func empty() *h.Client {
	return &h.Client{} // want
}

func byNew() *h.Client {
	return new(h.Client) // want
}

func transportOnly() *h.Client {
	return &h.Client{ // want
		Transport: &h.Transport{IdleConnTimeout: time.Minute},
	}
}

func explicitZero() *h.Client {
	return &h.Client{Timeout: 0} // want
}

const none = 0 * time.Second

func constantZero() *h.Client {
	return &h.Client{Timeout: none} // want
}

func jarSet() (*h.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &h.Client{} // want
	c.Jar = jar
	return c, nil
}

type api struct {
	client *h.Client
	limit  time.Duration
}

func newAPI() *api {
	return &api{client: &h.Client{}, limit: time.Second} // want
}

func otherVariable() []*h.Client {
	a := &h.Client{} // want
	b := &h.Client{Timeout: time.Second}
	b.Timeout = 2 * time.Second
	return []*h.Client{a, b}
}

func noRedirect() h.Client {
	return h.Client{CheckRedirect: func(*h.Request, []*h.Request) error { return h.ErrUseLastResponse }} // want
}
