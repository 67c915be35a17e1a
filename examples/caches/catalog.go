package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// product is what the catalogue knows of one thing on sale.
type product struct {
	id     int
	title  string
	cents  int64
	prices []int64 // what it has cost so far
}

// catalog holds all products.
type catalog struct {
	mu       sync.RWMutex
	products map[int]*product
}

var shop = &catalog{products: map[int]*product{}}

// load reads a supplier's feed: a line for each product, id, price, title and a
// long description. Only the first three are kept. But a title cut out of its
// line is a pointer into it: the whole line, description and all, stays in
// memory for as long as the title does (strings.Clone would let it go).
func (c *catalog) load(feed io.Reader) error {
	lines := bufio.NewScanner(feed)
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for lines.Scan() {
		fields := strings.SplitN(lines.Text(), "\t", 4)
		if len(fields) != 4 {
			return fmt.Errorf("%d fields in a line of the feed, not 4", len(fields))
		}
		id, err := strconv.Atoi(fields[0])
		if err != nil {
			return fmt.Errorf("product id: %w", err)
		}
		cents, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return fmt.Errorf("price of product %d: %w", id, err)
		}
		c.add(id, cents, fields[2])
	}
	return lines.Err()
}

func (c *catalog) add(id int, cents int64, title string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.products[id]
	if p == nil {
		// Room for a year of prices, though most products never change theirs.
		p = &product{id: id, prices: make([]int64, 0, 365)}
		c.products[id] = p
	}
	p.title, p.cents = title, cents
	p.prices = append(p.prices, cents)
}

func (c *catalog) get(id int) (*product, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	p, ok := c.products[id]
	return p, ok
}

// matching returns the products whose title matches, in no order.
func (c *catalog) matching(match func(string) bool) []*product {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var found []*product
	for _, p := range c.products {
		if match(p.title) {
			found = append(found, p)
		}
	}
	return found
}

func (c *catalog) size() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.products)
}

// feed is what a supplier would send.
func feed(products int) io.Reader {
	const description = "Made of the best there is, tested by people who know, and loved by all who have one. "
	var text strings.Builder
	for id := 0; id < products; id++ {
		fmt.Fprintf(&text, "%d\t%d\t%s %d\t%s\n", id, 100+id%900, kinds[id%len(kinds)], id, strings.Repeat(description, 24))
	}
	return strings.NewReader(text.String())
}

var kinds = []string{"Lamp", "Chair", "Table", "Shelf", "Clock", "Vase", "Mirror"}
