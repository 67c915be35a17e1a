// One message in a binary encoding with numbered fields, decoded by code written for its type as a generator would
// write it, and by a walk over the type's fields with reflect. encoding/json stands beside them.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"time"
)

type question struct {
	Name  string `wire:"1" json:"name"`
	Type  uint64 `wire:"2" json:"type"`
	Class uint64 `wire:"3" json:"class"`
}

type query struct {
	ID        uint64     `wire:"1" json:"id"`
	Client    string     `wire:"2" json:"client"`
	Recursive uint64     `wire:"3" json:"recursive"`
	Questions []question `wire:"4" json:"questions"`
	Labels    []string   `wire:"5" json:"labels"`
	At        uint64     `wire:"6" json:"at"`
}

func number(to []byte, field int, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(to, uint64(field)<<3), value)
}

func bytesOf(to []byte, field int, value []byte) []byte {
	return append(binary.AppendUvarint(binary.AppendUvarint(to, uint64(field)<<3|2), uint64(len(value))), value...)
}

func encode(q *query) []byte {
	out := number(nil, 1, q.ID)
	out = bytesOf(out, 2, []byte(q.Client))
	out = number(out, 3, q.Recursive)
	for _, each := range q.Questions {
		inner := bytesOf(nil, 1, []byte(each.Name))
		inner = number(number(inner, 2, each.Type), 3, each.Class)
		out = bytesOf(out, 4, inner)
	}
	for _, each := range q.Labels {
		out = bytesOf(out, 5, []byte(each))
	}
	return number(out, 6, q.At)
}

// field takes the next field off rest: a number, or bytes.
func field(rest []byte) (id int, value uint64, inner, after []byte) {
	key, n := binary.Uvarint(rest)
	value, m := binary.Uvarint(rest[n:])
	rest = rest[n+m:]
	if key&7 == 2 {
		return int(key >> 3), 0, rest[:value], rest[value:]
	}
	return int(key >> 3), value, nil, rest
}

func (q *question) decode(rest []byte) {
	for len(rest) > 0 {
		var id int
		var value uint64
		var inner []byte
		id, value, inner, rest = field(rest)
		switch id {
		case 1:
			q.Name = string(inner)
		case 2:
			q.Type = value
		case 3:
			q.Class = value
		}
	}
}

func (q *query) decode(rest []byte) {
	for len(rest) > 0 {
		var id int
		var value uint64
		var inner []byte
		id, value, inner, rest = field(rest)
		switch id {
		case 1:
			q.ID = value
		case 2:
			q.Client = string(inner)
		case 3:
			q.Recursive = value
		case 4:
			q.Questions = append(q.Questions, question{})
			q.Questions[len(q.Questions)-1].decode(inner)
		case 5:
			q.Labels = append(q.Labels, string(inner))
		case 6:
			q.At = value
		}
	}
}

// fieldsOf finds the fields of a type by number once for each message that is walked, from the tags, as a decoder does
// that keeps no table; table keeps it.
func fieldsOf(of reflect.Type, table map[reflect.Type]map[int]int) map[int]int {
	if known, there := table[of]; there {
		return known
	}
	found := map[int]int{}
	for i := 0; i < of.NumField(); i++ {
		id := 0
		for _, digit := range of.Field(i).Tag.Get("wire") {
			id = 10*id + int(digit-'0')
		}
		found[id] = i
	}
	if table != nil {
		table[of] = found
	}
	return found
}

func walk(into reflect.Value, rest []byte, table map[reflect.Type]map[int]int) {
	fields := fieldsOf(into.Type(), table)
	for len(rest) > 0 {
		var id int
		var value uint64
		var inner []byte
		id, value, inner, rest = field(rest)
		at, known := fields[id]
		if !known {
			continue
		}
		switch place := into.Field(at); place.Kind() {
		case reflect.Uint64:
			place.SetUint(value)
		case reflect.String:
			place.SetString(string(inner))
		case reflect.Slice:
			element := reflect.New(place.Type().Elem()).Elem()
			if element.Kind() == reflect.String {
				element.SetString(string(inner))
			} else {
				walk(element, inner, table)
			}
			place.Set(reflect.Append(place, element))
		}
	}
}

func message(questions, labels int) *query {
	q := &query{ID: 4711, Client: "198.51.100.7", Recursive: 1, At: 1700000000}
	for i := 0; i < questions; i++ {
		q.Questions = append(q.Questions, question{fmt.Sprintf("host%d.example.org.", i), 1, 1})
	}
	for i := 0; i < labels; i++ {
		q.Labels = append(q.Labels, strings.Repeat("x", 8+i%8))
	}
	return q
}

var sizes = []struct {
	name              string
	questions, labels int
}{{"one question", 1, 0}, {"10 questions and 10 labels", 10, 10}, {"20 labels of text only", 0, 20}}

var sink any

func measure(decode func(data []byte, q *query), asJSON bool) func() {
	return func() {
		for _, size := range sizes {
			want := message(size.questions, size.labels)
			data := encode(want)
			if asJSON {
				data, _ = json.Marshal(want)
			}
			once := func() { q := new(query); decode(data, q); sink = q }
			for i := 0; i < 200; i++ {
				once()
			}
			if !reflect.DeepEqual(sink, want) {
				panic("decoded something else: " + size.name)
			}
			const batches, rounds = 10, 200
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			// The quickest batch: what other work on the machine adds is no part of decoding.
			least := time.Duration(math.MaxInt64)
			for n := 0; n < batches; n++ {
				start := time.Now()
				for i := 0; i < rounds; i++ {
					once()
				}
				if taken := time.Since(start); taken < least {
					least = taken
				}
			}
			runtime.ReadMemStats(&after)
			emit(size.name, "decode", float64(least.Nanoseconds())/rounds, "ns")
			emit(size.name, "allocated", float64(after.TotalAlloc-before.TotalAlloc)/(batches*rounds), "bytes")
		}
	}
}

func main() {
	table := map[reflect.Type]map[int]int{}
	lab(map[string]func(){
		"generated":     measure(func(data []byte, q *query) { q.decode(data) }, false),
		"reflect":       measure(func(data []byte, q *query) { walk(reflect.ValueOf(q).Elem(), data, table) }, false),
		"reflect-plain": measure(func(data []byte, q *query) { walk(reflect.ValueOf(q).Elem(), data, nil) }, false),
		"json": measure(func(data []byte, q *query) {
			if err := json.Unmarshal(data, q); err != nil {
				panic(err)
			}
		}, true),
	})
}
