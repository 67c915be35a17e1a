package configs

import "crypto/tls"

func lowered() *tls.Config {
	c := &tls.Config{}
	c.MinVersion = tls.VersionTLS10 // want
	return c
}

const floor = uint16(tls.VersionTLS10)

func constant() *tls.Config { return &tls.Config{MinVersion: floor} } // want
