package main

import (
	"strconv"
	"strings"
)

// visitor is a session as web services keep them: strings, a map, a linked list, a slice of structs, a cached answer.
// Together they are 27 objects of about 200 bytes each on average.
type visitor struct {
	id      uint64
	name    string
	address location
	tags    map[string]string
	visits  *visit
	basket  []*good
	answer  []byte
}

type location struct {
	city, street string
	at           struct{ x, y float64 }
}

type visit struct {
	path   string
	before *visit
	took   [4]int64
}

type good struct {
	sku   string
	price int64
	like  *good
}

var visitors map[uint64]*visitor

const (
	visitorBytes = 5280
	answerBytes  = 4096
)

// web is sessions in a map, as many as fill the bytes: more than 20 million objects at full size.
func web(bytes int) (maps, entries int) {
	n := bytes / visitorBytes
	visitors = map[uint64]*visitor{}
	for i := 0; i < n; i++ {
		visitors[uint64(i)*0x9E3779B97F4A7C15] = newVisitor(i)
	}
	return 1 + n, n + n*len(tagNames)/2
}

func newVisitor(i int) *visitor {
	number := strconv.Itoa(i)
	v := &visitor{id: uint64(i), name: "visitor-" + number, tags: map[string]string{}, answer: make([]byte, answerBytes)}
	v.address.city, v.address.street = "city-"+number, "street-"+number
	for _, name := range tagNames[:len(tagNames)/2] {
		v.tags[name] = name + "-" + number
	}
	for j := 0; j < 4; j++ {
		v.visits = &visit{path: "/page/" + number + "/" + strconv.Itoa(j), before: v.visits}
		g := &good{sku: "sku-" + number, price: int64(j)}
		if j > 0 {
			g.like = v.basket[j-1]
		}
		v.basket = append(v.basket, g)
	}
	copy(v.answer, strings.Repeat(number, 1+answerBytes/len(number))) // written, so that it is in memory
	return v
}
