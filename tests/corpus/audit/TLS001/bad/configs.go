package configs

import (
	stls "crypto/tls"
	"net/http"

	"github.com/tjfoc/gmsm/gmtls"
)

const insecure = true

func literal() *stls.Config {
	return &stls.Config{InsecureSkipVerify: true} // want
}

func transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig: &stls.Config{
			ServerName:         "db.internal",
			InsecureSkipVerify: true, // want
		},
	}
}

func later() *stls.Config {
	c := &stls.Config{MinVersion: stls.VersionTLS12}
	c.InsecureSkipVerify = true // want
	return c
}

func constant() *stls.Config {
	return &stls.Config{InsecureSkipVerify: insecure} // want
}

func negated() *stls.Config {
	return &stls.Config{InsecureSkipVerify: !false} // want
}

func local() *stls.Config {
	skip := true
	return &stls.Config{InsecureSkipVerify: skip} // want
}

func deep(t *http.Transport) {
	t.TLSClientConfig.InsecureSkipVerify = true // want
}

func otherPackage() *gmtls.Config {
	return &gmtls.Config{InsecureSkipVerify: true} // want
}

func always() bool { return true }

func helper() *stls.Config {
	return &stls.Config{InsecureSkipVerify: always()} // want
}

type options struct{ InsecureSkipVerify bool }

func ownOptions() options {
	return options{InsecureSkipVerify: true} // want
}

func ownCheck(check func(stls.ConnectionState) error) *stls.Config {
	return &stls.Config{
		InsecureSkipVerify: true, // want
		VerifyConnection:   check,
	}
}

func conditional(c *stls.Config, debug bool) {
	if debug {
		c.InsecureSkipVerify = true // want
	}
}
