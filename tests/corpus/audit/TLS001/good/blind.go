package blind

import "crypto/tls"

const no = false

// Constant false.
func off() *tls.Config { return &tls.Config{InsecureSkipVerify: no} }

// Checked by one's own function.
func own(verify func(tls.ConnectionState) error) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, VerifyConnection: verify} // false alarm
}

// Read, not set.
func asked(c *tls.Config) bool { return c.InsecureSkipVerify == true }

type flags struct{ InsecureSkipVerify bool }

// A field of that name in flags that nobody hands to TLS is set to false.
func none() flags { return flags{InsecureSkipVerify: false} }
