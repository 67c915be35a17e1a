// The constants that the article names; does crypto/tls have them?
package main

import "crypto/tls"

func main() {
	config := tls.Config{
		CurvePreferences: []tls.CurveID{tls.CurveSM2},
		CipherSuites:     []uint16{tls.TLS_ECC_SM2_SM4_GCM_SHA256},
	}
	lab(map[string]func(){"main": func() { truth("", "made", config.CipherSuites != nil) }})
}
