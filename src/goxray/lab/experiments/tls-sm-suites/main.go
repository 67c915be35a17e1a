// Can crypto/tls be talked into SM2 and SM4 by GetConfigForClient?
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// Numbers of RFC 8998: the suite TLS_SM4_GCM_SM3 and the curve curveSM2.
const (
	sm4GCM   = 0x00C6
	curveSM2 = tls.CurveID(41)
)

func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab"}, DNSNames: []string{"lab"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(err)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// shake lets a client and a server greet each other and returns whether they agree, and on which suite and curve.
func shake(forClient, client *tls.Config, own tls.Certificate) (bool, uint16) {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	must(here.SetDeadline(time.Now().Add(5 * time.Second)))
	must(there.SetDeadline(time.Now().Add(5 * time.Second)))
	forClient.Certificates = []tls.Certificate{own}
	server := tls.Server(there, &tls.Config{
		Certificates:       []tls.Certificate{own},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return forClient, nil },
	})
	go func() {
		if err := server.Handshake(); err != nil {
			fmt.Fprintln(os.Stderr, "server:", err)
			there.Close()
		}
	}()
	client.InsecureSkipVerify = true
	asking := tls.Client(here, client)
	if err := asking.Handshake(); err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		return false, 0
	}
	return true, asking.ConnectionState().CipherSuite
}

func measure() {
	own := certificate()
	agreed, _ := shake(&tls.Config{}, &tls.Config{}, own)
	truth("standard suites", "agreed", agreed)
	only := func() *tls.Config {
		return &tls.Config{CipherSuites: []uint16{sm4GCM}, CurvePreferences: []tls.CurveID{curveSM2}}
	}
	agreed, suite := shake(only(), only(), own)
	truth("SM2 and SM4 on both sides", "agreed", agreed && suite == sm4GCM)
	// TLS 1.3 suites cannot be chosen: the setting is passed over, and the connection is an ordinary one.
	agreed, suite = shake(&tls.Config{CipherSuites: []uint16{sm4GCM}}, &tls.Config{CipherSuites: []uint16{sm4GCM}}, own)
	truth("SM4 suite, ordinary curves", "agreed", agreed && suite == sm4GCM)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() { lab(map[string]func(){"main": measure}) }
