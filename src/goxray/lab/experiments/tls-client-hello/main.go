// What a ClientHello of crypto/tls carries, what it costs to make one, and what a handshake costs, with the default
// curves and with X25519 alone.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"net"
	"time"
)

// Curves by their numbers on the wire.
const (
	p256        = 23
	x25519      = 29
	mlkemHybrid = 0x11ec
)

var errStop = errors.New("the hello is all that was wanted")

// catcher is a connection that takes the first write and then fails.
type catcher struct {
	net.Conn
	hello []byte
}

func (c *catcher) Write(b []byte) (int, error) {
	c.hello = append(c.hello, b...)
	return 0, errStop
}
func (c *catcher) Close() error                     { return nil }
func (c *catcher) SetDeadline(time.Time) error      { return nil }
func (c *catcher) SetWriteDeadline(time.Time) error { return nil }
func (c *catcher) SetReadDeadline(time.Time) error  { return nil }

func config(curves []tls.CurveID) *tls.Config {
	return &tls.Config{ServerName: "lab.example", InsecureSkipVerify: true, CurvePreferences: curves, MinVersion: tls.VersionTLS13}
}

// hello returns the first record that a client sends.
func hello(c *tls.Config) []byte {
	caught := new(catcher)
	if err := tls.Client(caught, c).Handshake(); !errors.Is(err, errStop) {
		panic(err)
	}
	return caught.hello
}

// shares returns the curves of the key shares in a ClientHello, by its key_share extension (RFC 8446, 4.2.8), and the
// bytes that the shares take.
func shares(record []byte) (curves []int, bytes int) {
	b := record[5+4+2+32:]
	skip := func(n int) { b = b[n:] }
	skip(1 + int(b[0]))
	skip(2 + int(binary.BigEndian.Uint16(b)))
	skip(1 + int(b[0]))
	skip(2)
	for len(b) >= 4 {
		kind, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if kind == 51 {
			list := b[6 : 4+size]
			bytes = len(list)
			for len(list) > 0 {
				curves = append(curves, int(binary.BigEndian.Uint16(list)))
				list = list[4+int(binary.BigEndian.Uint16(list[2:])):]
			}
		}
		skip(4 + size)
	}
	return curves, bytes
}

// carried tells what the hello carries.
func carried(c *tls.Config) {
	record := hello(c)
	curves, bytes := shares(record)
	has := map[int]bool{}
	for _, id := range curves {
		has[id] = true
	}
	emit("", "hello_bytes", float64(len(record)), "bytes")
	emit("", "key_shares", float64(len(curves)), "1")
	emit("", "key_share_bytes", float64(bytes), "bytes")
	truth("", "p256_share", has[p256])
	truth("", "x25519_share", has[x25519])
	truth("", "mlkem_share", has[mlkemHybrid] || has[0x6399])
}

func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// handshakes makes batches of connections over loopback TCP and returns the time that one takes from the dial to the
// end of the handshake, in the quickest batch.
func handshakes(client *tls.Config, batches int) float64 {
	server := &tls.Config{Certificates: []tls.Certificate{certificate()}, SessionTicketsDisabled: true}
	listener, err := tls.Listen("tcp4", "127.0.0.1:0", server)
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.(*tls.Conn).Handshake()
			var end [1]byte
			conn.Read(end[:])
			conn.Close()
		}
	}()
	one := func() {
		conn, err := tls.Dial("tcp4", listener.Addr().String(), client)
		if err != nil {
			panic(err)
		}
		conn.Close()
	}
	for i := 0; i < 3; i++ {
		one()
	}
	least := math.MaxFloat64
	for n := 0; n < batches; n++ {
		const rounds = 3
		start := time.Now()
		for i := 0; i < rounds; i++ {
			one()
		}
		least = math.Min(least, float64(time.Since(start))/rounds)
	}
	return least
}

func measure(curves []tls.CurveID) func() {
	return func() {
		c := config(curves)
		carried(c)
		for i := 0; i < 20; i++ {
			hello(c)
		}
		// The quickest of some short batches: what other work on the machine adds is no part of TLS.
		made := math.MaxFloat64
		for n := 0; n < 15; n++ {
			const rounds = 20
			start := time.Now()
			for i := 0; i < rounds; i++ {
				hello(c)
			}
			made = math.Min(made, float64(time.Since(start))/rounds)
		}
		emit("", "make_hello", made, "ns")
		emit("", "handshake", handshakes(c, 10), "ns")
	}
}

func main() {
	lab(map[string]func(){
		"default":     measure(nil),
		"x25519":      measure([]tls.CurveID{tls.X25519}),
		"p256":        measure([]tls.CurveID{tls.CurveP256}),
		"x25519-p256": measure([]tls.CurveID{tls.X25519, tls.CurveP256}),
	})
}
