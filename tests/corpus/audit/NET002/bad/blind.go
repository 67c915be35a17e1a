package blind

import (
	h "net/http"
	"net/http/cookiejar"
)

func withJar() *h.Client {
	jar, _ := cookiejar.New(nil)
	return &h.Client{Jar: jar} // want
}

var shared = struct{ c *h.Client }{c: &h.Client{}} // want

func list() []*h.Client {
	return []*h.Client{{}, {Timeout: 5}} // want
}

func zeroed() *h.Client {
	const none = 0
	return &h.Client{Timeout: none} // want
}

type api struct{ client h.Client }

func value() api { return api{client: h.Client{Transport: h.DefaultTransport}} } // want
