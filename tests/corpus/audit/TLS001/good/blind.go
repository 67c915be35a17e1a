package blind

import "crypto/tls"

const no = false

// Constant false.
func off() *tls.Config { return &tls.Config{InsecureSkipVerify: no} }

// Read, not set.
func asked(c *tls.Config) bool { return c.InsecureSkipVerify == true }

type flags struct{ InsecureSkipVerify bool }

// A field of that name in flags that nobody hands to TLS is set to false.
func none() flags { return flags{InsecureSkipVerify: false} }
