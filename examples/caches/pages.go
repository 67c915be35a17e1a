package main

import (
	"bytes"
	"container/list"
	"fmt"
	"sync"
)

// page is a rendered page as it goes to the visitor.
type page struct {
	path string
	body []byte
}

// pageCache keeps the pages that were asked for last. It counts pages, not
// bytes; and a page's body is the buffer that it was rendered into, with the
// room to spare that a buffer has.
type pageCache struct {
	mu     sync.Mutex
	limit  int
	recent *list.List // of *page, the latest in front
	byPath map[string]*list.Element
}

var pages = newPageCache(5000)

func newPageCache(limit int) *pageCache {
	return &pageCache{limit: limit, recent: list.New(), byPath: map[string]*list.Element{}}
}

// get returns the page of that path, rendering it where it is not there yet.
func (c *pageCache) get(path string, render func(*bytes.Buffer)) *page {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.byPath[path]; ok {
		c.recent.MoveToFront(element)
		return element.Value.(*page)
	}
	var buffer bytes.Buffer
	buffer.Grow(4096) // most pages are far shorter
	render(&buffer)
	p := &page{path, buffer.Bytes()}
	c.byPath[path] = c.recent.PushFront(p)
	for c.recent.Len() > c.limit {
		oldest := c.recent.Back()
		c.recent.Remove(oldest)
		delete(c.byPath, oldest.Value.(*page).path)
	}
	return p
}

func (c *pageCache) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recent.Len()
}

func renderProduct(p *product) func(*bytes.Buffer) {
	return func(out *bytes.Buffer) {
		fmt.Fprintf(out, "<h1>%s</h1>\n<p>%d.%02d</p>\n", p.title, p.cents/100, p.cents%100)
		for _, cents := range p.prices {
			fmt.Fprintf(out, "<li>%d\n", cents)
		}
	}
}
