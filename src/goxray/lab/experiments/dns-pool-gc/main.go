// A pipeline that parses DNS queries and writes answers: with a fresh buffer for each answer, and with buffers from a
// sync.Pool. What is counted is what the collector does over the same load.
package main

import (
	"encoding/binary"
	"errors"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

// question is what a query asks (RFC 1035, 4.1.2).
type question struct {
	id          uint16
	name        string
	kind, class uint16
}

var errShort = errors.New("the message ends too early")

// parse reads the header and the first question of a query. Labels may end in a pointer to an earlier place.
func parse(message []byte) (q question, err error) {
	if len(message) < 12 || binary.BigEndian.Uint16(message[4:]) == 0 {
		return q, errShort
	}
	q.id = binary.BigEndian.Uint16(message)
	var name strings.Builder
	at, after := 12, 0
	for jumps := 0; ; {
		if at >= len(message) {
			return q, errShort
		}
		size := int(message[at])
		switch {
		case size&0xc0 == 0xc0:
			if at+1 >= len(message) || jumps > 10 {
				return q, errShort
			}
			if after == 0 {
				after = at + 2
			}
			at = int(binary.BigEndian.Uint16(message[at:]) & 0x3fff)
			jumps++
			continue
		case size == 0:
			if after == 0 {
				after = at + 1
			}
		default:
			if at+1+size > len(message) {
				return q, errShort
			}
			name.Write(message[at+1 : at+1+size])
			name.WriteByte('.')
			at += 1 + size
			continue
		}
		break
	}
	if after+4 > len(message) {
		return q, errShort
	}
	q.name = name.String()
	q.kind = binary.BigEndian.Uint16(message[after:])
	q.class = binary.BigEndian.Uint16(message[after+2:])
	return q, nil
}

// query writes a query for a name.
func query(id uint16, name string) []byte {
	out := make([]byte, 12, 64)
	binary.BigEndian.PutUint16(out, id)
	out[2] = 1
	out[5] = 1
	for _, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		out = append(append(out, byte(len(label))), label...)
	}
	return append(out, 0, 0, 1, 0, 1)
}

// answer writes an answer with records to out.
func answer(out []byte, q question, records int) []byte {
	var header [12]byte
	binary.BigEndian.PutUint16(header[:], q.id)
	header[2] = 0x81
	header[5] = 1
	header[7] = byte(records)
	out = append(out, header[:]...)
	for rest := q.name; rest != ""; {
		label, more, _ := strings.Cut(rest, ".")
		out = append(append(out, byte(len(label))), label...)
		rest = more
	}
	out = append(out, 0)
	out = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, q.kind), q.class)
	for i := 0; i < records; i++ {
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, byte(i))
	}
	return out
}

// bufferSize is what a DNS server answers with at most over UDP (the DNS flag day of 2020).
const bufferSize = 1232

var pool = sync.Pool{New: func() any { b := make([]byte, 0, bufferSize); return &b }}

// live is a cache as such a server has it: something for the collector to mark.
var live map[string]*question

// asked are the last queries, as a server keeps them for its log.
var (
	asked [1024]*question
	next  int
)

var bytesSent int

func handle(message []byte, pooled bool) {
	q, err := parse(message)
	if err != nil {
		panic(err)
	}
	live[q.name].id = q.id
	asked[next%len(asked)] = &q
	next++
	if !pooled {
		send(answer(make([]byte, 0, bufferSize), q, 4))
		return
	}
	buffer := pool.Get().(*[]byte)
	send(answer((*buffer)[:0], q, 4))
	pool.Put(buffer)
}

var out = make([]byte, bufferSize)

// send stands for the socket: a call that the compiler does not see through.
//
//go:noinline
func send(b []byte) {
	bytesSent += copy(out, b)
	sink = b
}

var sink []byte

func measure(pooled bool) func() {
	return func() {
		const names = 10000
		live = make(map[string]*question, names)
		messages := make([][]byte, names)
		for i := range messages {
			name := "host" + strings.Repeat("x", i%16) + string(rune('a'+i%26)) + itoa(i) + ".example.org."
			messages[i] = query(uint16(i), name)
			live[name] = &question{name: name}
		}
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		const rounds = 6
		for n := 0; n < rounds; n++ {
			for _, message := range messages {
				handle(message, pooled)
			}
		}
		taken := time.Since(start)
		runtime.ReadMemStats(&after)
		handled := float64(rounds * names)
		// The shortest: a pause that other work on the machine has stretched does not count.
		var pauses []float64
		for n := before.NumGC; n < after.NumGC && n < before.NumGC+256; n++ {
			pauses = append(pauses, float64(after.PauseNs[n%256]))
		}
		emit("over the same load", "cycles", float64(len(pauses)), "1")
		if len(pauses) > 0 {
			sort.Float64s(pauses)
			one := pauses[0]
			emit("each collection", "paused", one, "ns")
			emit("over the same load", "paused", one*float64(len(pauses)), "ns")
		}
		emit("", "allocated_a_message", float64(after.TotalAlloc-before.TotalAlloc)/handled, "bytes")
		emit("", "messages", handled/taken.Seconds(), "ops/s")
		live = nil
	}
}

func itoa(n int) string {
	digits := ""
	for ; n > 0; n /= 10 {
		digits = string(rune('0'+n%10)) + digits
	}
	return digits
}

// readBack parses what answer wrote: the question must come back.
func readBack() {
	q, err := parse(query(7, "www.example.org."))
	back, again := parse(answer(nil, q, 3))
	truth("", "read_back", err == nil && again == nil && back == q && q.name == "www.example.org." && q.kind == 1)
}

func main() {
	lab(map[string]func(){"fresh": measure(false), "pooled": measure(true), "read-back": readBack})
}
