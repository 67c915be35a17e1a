// The same calls as HTTP/1.1 with JSON and as HTTP/2 with a binary encoding, over TLS to one server on loopback.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

type item struct {
	ID       uint64 `json:"id"`
	Name     string `json:"name"`
	Quantity uint64 `json:"quantity"`
	Price    uint64 `json:"price"`
}

// codec turns items into bytes and back.
type codec struct {
	encode func([]item) []byte
	decode func([]byte) []item
}

var asJSON = codec{
	func(items []item) []byte {
		out, _ := json.Marshal(items)
		return out
	},
	func(in []byte) (items []item) {
		if err := json.Unmarshal(in, &items); err != nil {
			panic(err)
		}
		return items
	},
}

// asBinary writes each item as a length and its fields by number, as protobuf does.
var asBinary = codec{
	func(items []item) (out []byte) {
		for i := range items {
			var one []byte
			one = binary.AppendUvarint(append(one, 1<<3), items[i].ID)
			one = binary.AppendUvarint(append(one, 2<<3|2), uint64(len(items[i].Name)))
			one = append(one, items[i].Name...)
			one = binary.AppendUvarint(append(one, 3<<3), items[i].Quantity)
			one = binary.AppendUvarint(append(one, 4<<3), items[i].Price)
			out = append(binary.AppendUvarint(append(out, 1<<3|2), uint64(len(one))), one...)
		}
		return out
	},
	func(in []byte) (items []item) {
		number := func() uint64 {
			value, n := binary.Uvarint(in)
			in = in[n:]
			return value
		}
		for len(in) > 0 {
			number()
			length := int(number())
			var one item
			for stop := len(in) - length; len(in) > stop; {
				switch number() >> 3 {
				case 1:
					one.ID = number()
				case 2:
					n := number()
					one.Name = string(in[:n])
					in = in[n:]
				case 3:
					one.Quantity = number()
				case 4:
					one.Price = number()
				}
			}
			items = append(items, one)
		}
		return items
	},
}

func order() (items []item) {
	for i := uint64(0); i < 30; i++ {
		items = append(items, item{1000 + i, "a thing that is sold", 1 + i%5, 100 * i})
	}
	return items
}

// serve answers each call with the items that it got; connections are counted.
func serve(form codec, two bool) (*httptest.Server, *atomic.Int64) {
	connections := new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (r.ProtoMajor == 2) != two {
			panic("wrong protocol: " + r.Proto)
		}
		in, _ := io.ReadAll(r.Body)
		w.Write(form.encode(form.decode(in)))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.EnableHTTP2 = two
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate()}}
	s.StartTLS()
	return s, connections
}

// certificate returns a self-made one for loopback.
func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab"}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// side is one of the two ways, with its server and its connections.
type side struct {
	arm         string
	form        codec
	transport   *http.Transport
	server      *httptest.Server
	connections *atomic.Int64
	calls       int
}

func newSide(arm string, form codec, two bool, pool int) *side {
	server, connections := serve(form, two)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	transport.MaxIdleConnsPerHost = pool
	transport.ForceAttemptHTTP2 = two
	if !two {
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return &side{arm, form, transport, server, connections, 0}
}

func (s *side) close() {
	s.transport.CloseIdleConnections()
	s.server.Close()
}

// batch lets each client make so many calls, one after the other, and returns the mean latency.
func (s *side) batch(clients, calls int) float64 {
	var done sync.WaitGroup
	var spent atomic.Int64
	want := order()
	for c := 0; c < clients; c++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for i := 0; i < calls; i++ {
				start := time.Now()
				response, err := s.transport.RoundTrip(request(s.server.URL, s.form.encode(want)))
				if err != nil {
					panic(err)
				}
				got, _ := io.ReadAll(response.Body)
				response.Body.Close()
				if !reflect.DeepEqual(s.form.decode(got), want) {
					panic("other items came back")
				}
				spent.Add(int64(time.Since(start)))
			}
		}()
	}
	done.Wait()
	s.calls += clients * calls
	return float64(spent.Load()) / float64(clients*calls)
}

var both paired

// measure lets both ways take turns, so that what else the machine does meets them alike, and takes the quickest batch
// of each: what other work on the machine adds is no part of a protocol.
func measure() {
	for _, each := range []struct {
		where          string
		clients, calls int
		pool, turns    int
	}{
		{"one call at a time", 1, 4, 0, 41},
		{"24 calls at once with the default pool", 24, 1, 0, 9},
		{"24 calls at once with a pool of 100", 24, 1, 100, 15},
	} {
		sides := []*side{newSide("http1-json", asJSON, false, each.pool), newSide("http2-binary", asBinary, true, each.pool)}
		var runs []func() float64
		for _, one := range sides {
			one := one
			// Each client once before: its time does not count, but its connection does.
			one.batch(1, 1)
			one.batch(each.clients, 1)
			runs = append(runs, func() float64 { return one.batch(each.clients, each.calls) })
		}
		found := byTurns(each.turns, runs...)
		for i, one := range sides {
			both.add(one.arm, each.where, "mean_latency", found[i][0], "ns")
			both.add(one.arm, each.where, "calls_a_connection", float64(one.calls)/float64(one.connections.Load()), "1")
			one.close()
		}
	}
}

func request(url string, body []byte) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	return r
}

func main() {
	run := func() { both.print(measure) }
	lab(map[string]func(){"http1-json": run, "http2-binary": run})
}
