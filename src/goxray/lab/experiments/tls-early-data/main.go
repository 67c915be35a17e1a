// Whether crypto/tls accepts early data (0-RTT): over TCP, and in its interface for QUIC, whose records this program
// carries between a client and a server in memory. Sessions are resumed in both.
package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"math/big"
	"net"
	"sync"
	"time"
)

// keeper is a session cache that holds one session.
type keeper struct {
	mu    sync.Mutex
	state *tls.ClientSessionState
}

func (k *keeper) Get(string) (*tls.ClientSessionState, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state, k.state != nil
}

func (k *keeper) Put(_ string, state *tls.ClientSessionState) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state = state
}

// early tells whether the session that is kept allows early data.
func (k *keeper) early() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state == nil {
		return false
	}
	_, state, err := k.state.ResumptionState()
	return err == nil && state.EarlyData
}

func configs() (client, server *tls.Config, kept *keeper) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab.example"}, NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"lab.example"}}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		panic(err)
	}
	kept = new(keeper)
	trusted := x509.NewCertPool()
	own, _ := x509.ParseCertificate(der)
	trusted.AddCert(own)
	client = &tls.Config{ServerName: "lab.example", RootCAs: trusted, MinVersion: tls.VersionTLS13, ClientSessionCache: kept, NextProtos: []string{"lab"}}
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS13, NextProtos: []string{"lab"}}
	return client, server, kept
}

// recorder keeps what is written, and remembers whether the client wrote before it had read anything.
type recorder struct {
	net.Conn
	written bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) {
	r.written.Write(b)
	return r.Conn.Write(b)
}

// offers tells whether a ClientHello has an extension.
func offers(record []byte, wanted uint16) bool {
	b := record[5+4+2+32:]
	b = b[1+int(b[0]):]
	b = b[2+int(binary.BigEndian.Uint16(b)):]
	b = b[1+int(b[0]):]
	for b = b[2:]; len(b) >= 4; {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if binary.BigEndian.Uint16(b) == wanted {
			return true
		}
		if len(b) < 4+size {
			break
		}
		b = b[4+size:]
	}
	return false
}

// overTCP connects twice over loopback.
func overTCP() {
	client, server, kept := configs()
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
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
	var offered bool
	var state tls.ConnectionState
	for i := 0; i < 2; i++ {
		raw, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			panic(err)
		}
		recorded := &recorder{Conn: raw}
		conn := tls.Client(recorded, client)
		word := []byte("hello")
		if _, err := conn.Write(word); err != nil {
			panic(err)
		}
		// The ticket comes with what is read after the handshake.
		if _, err := io.ReadFull(conn, word); err != nil {
			panic(err)
		}
		offered = offers(recorded.written.Bytes(), 42)
		state = conn.ConnectionState()
		conn.Close()
	}
	truth("TLS over TCP", "resumed", state.DidResume)
	truth("TLS over TCP", "ticket_allows_early_data", kept.early())
	truth("TLS over TCP", "early_data_accepted", offered)
}

// overQUIC lets a client and a server of QUICConn talk twice; what one writes at a level the other gets at that level.
func overQUIC(allowed bool) (resumed, early bool, kept *keeper) {
	client, server, kept := configs()
	for i := 0; i < 2; i++ {
		ends := [2]*tls.QUICConn{
			tls.QUICClient(&tls.QUICConfig{TLSConfig: client}),
			tls.QUICServer(&tls.QUICConfig{TLSConfig: server}),
		}
		early = false
		for _, end := range ends {
			end.SetTransportParameters([]byte("parameters"))
			if err := end.Start(context.Background()); err != nil {
				panic(err)
			}
		}
		for busy := true; busy; {
			busy = false
			for which, end := range ends {
				for event := end.NextEvent(); event.Kind != tls.QUICNoEvent; event = end.NextEvent() {
					busy = true
					switch event.Kind {
					case tls.QUICWriteData:
						if err := ends[1-which].HandleData(event.Level, event.Data); err != nil {
							panic(err)
						}
					case tls.QUICSetReadSecret:
						// A server that has the key for the client's early data can read it.
						if which == 1 && event.Level == tls.QUICEncryptionLevelEarly {
							early = true
						}
					case tls.QUICHandshakeDone:
						if which == 1 {
							if err := end.SendSessionTicket(tls.QUICSessionTicketOptions{EarlyData: allowed}); err != nil {
								panic(err)
							}
						}
					}
				}
			}
		}
		resumed = ends[0].ConnectionState().DidResume
		for _, end := range ends {
			end.Close()
		}
	}
	return resumed, early, kept
}

func measure() {
	overTCP()
	resumed, early, kept := overQUIC(true)
	truth("QUIC with tickets that allow it", "resumed", resumed)
	truth("QUIC with tickets that allow it", "ticket_allows_early_data", kept.early())
	truth("QUIC with tickets that allow it", "early_data_accepted", early)
	_, early, _ = overQUIC(false)
	truth("", "accepted_without_leave", early)
}

func main() { lab(map[string]func(){"main": measure}) }
