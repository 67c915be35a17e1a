package blind

import (
	"crypto/tls"
	"net/http"
)

const yes = true

func constant() *tls.Config { return &tls.Config{InsecureSkipVerify: yes} } // want

func transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{}
	t.TLSClientConfig.InsecureSkipVerify = true // want
	return t
}

type settings struct{ Insecure bool }

func fromEnvironment(s settings) *tls.Config {
	c := &tls.Config{}
	if s.Insecure {
		c.InsecureSkipVerify = true // want
	}
	return c
}

func option() func(*tls.Config) {
	return func(c *tls.Config) { c.InsecureSkipVerify = true } // want
}
