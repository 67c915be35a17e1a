// The same records as JSON and in a binary encoding with numbered fields, varints and lengths, as protobuf lays them
// out: field number and kind in one varint, then the value.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

type wire []byte

func (w *wire) varint(field int, value uint64) {
	if value != 0 {
		*w = binary.AppendUvarint(binary.AppendUvarint(*w, uint64(field)<<3), value)
	}
}

func (w *wire) double(field int, value float64) {
	*w = binary.LittleEndian.AppendUint64(binary.AppendUvarint(*w, uint64(field)<<3|1), math.Float64bits(value))
}

func (w *wire) text(field int, value string) {
	if value != "" {
		*w = append(binary.AppendUvarint(binary.AppendUvarint(*w, uint64(field)<<3|2), uint64(len(value))), value...)
	}
}

func (w *wire) message(field int, inner wire) { w.text(field, string(inner)) }

// packed writes numbers behind one field number and one length, as repeated numbers are written since proto3.
func (w *wire) packed(field int, values []uint32) {
	var inner wire
	for _, each := range values {
		inner = binary.AppendUvarint(inner, uint64(each))
	}
	w.message(field, inner)
}

type order struct {
	OrderID    int64  `json:"order_id"`
	CustomerID int64  `json:"customer_id"`
	Quantity   int    `json:"quantity"`
	UnitPrice  int    `json:"unit_price"`
	Paid       bool   `json:"paid"`
	Currency   string `json:"currency"`
	CreatedAt  int64  `json:"created_at"`
}

func (o order) wire() (w wire) {
	w.varint(1, uint64(o.OrderID))
	w.varint(2, uint64(o.CustomerID))
	w.varint(3, uint64(o.Quantity))
	w.varint(4, uint64(o.UnitPrice))
	if o.Paid {
		w.varint(5, 1)
	}
	w.text(6, o.Currency)
	w.varint(7, uint64(o.CreatedAt))
	return w
}

type comment struct {
	Author string `json:"author"`
	Body   string `json:"body"`
}

func (c comment) wire() (w wire) {
	w.text(1, c.Author)
	w.text(2, c.Body)
	return w
}

type place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

func (p place) wire() (w wire) {
	w.double(1, p.Latitude)
	w.double(2, p.Longitude)
	return w
}

type flags struct {
	A int `json:"a"`
	B int `json:"b"`
}

func (f flags) wire() (w wire) {
	w.varint(1, uint64(f.A))
	w.varint(2, uint64(f.B))
	return w
}

func say(where string, asJSON any, binaryForm wire) {
	text, err := json.Marshal(asJSON)
	if err != nil {
		panic(err)
	}
	emit(where, "json_bytes", float64(len(text)), "bytes")
	emit(where, "binary_bytes", float64(len(binaryForm)), "bytes")
	emit(where, "smaller_by", 100*(1-float64(len(binaryForm))/float64(len(text))), "percent")
}

func measure() {
	var orders []order
	var places []place
	var few []flags
	var small []uint32
	for i := 0; i < 100; i++ {
		orders = append(orders, order{int64(100000 + i*7), int64(4000 + i), 1 + i%5, 100 * (i + 1), i%2 == 0, "EUR", 1700000000 + int64(i)*61})
		places = append(places, place{math.Sin(float64(i)) * 90, math.Cos(float64(i)) * 180})
		few = append(few, flags{i % 3, i % 7})
		small = append(small, uint32(i*i))
	}
	var all, here, on, numbers wire
	for i := range orders {
		all.message(1, orders[i].wire())
		here.message(1, places[i].wire())
		on.message(1, few[i].wire())
	}
	numbers.packed(1, small)
	say("100 orders with seven fields", map[string]any{"orders": orders}, all)
	said := comment{"somebody", strings.Repeat("plain words of a comment ", 40)}
	say("a comment of 1 KB of text", said, said.wire())
	say("100 places of two floats", map[string]any{"places": places}, here)
	say("100 records of two small numbers", map[string]any{"flags": few}, on)
	say("100 numbers", map[string]any{"numbers": small}, numbers)
}

// readBack takes one encoded order apart again, so that the count is one of a form that holds everything.
func readBack() {
	want := order{123456789, 42, 3, 1999, true, "EUR", 1700000000}
	var got order
	rest := []byte(want.wire())
	next := func() uint64 {
		value, n := binary.Uvarint(rest)
		rest = rest[n:]
		return value
	}
	for len(rest) > 0 {
		switch next() >> 3 {
		case 1:
			got.OrderID = int64(next())
		case 2:
			got.CustomerID = int64(next())
		case 3:
			got.Quantity = int(next())
		case 4:
			got.UnitPrice = int(next())
		case 5:
			got.Paid = next() == 1
		case 6:
			n := next()
			got.Currency = string(rest[:n])
			rest = rest[n:]
		case 7:
			got.CreatedAt = int64(next())
		default:
			panic(fmt.Sprint("unknown field in ", rest))
		}
	}
	truth("", "read_back", got == want)
}

func main() { lab(map[string]func(){"main": measure, "read-back": readBack}) }
