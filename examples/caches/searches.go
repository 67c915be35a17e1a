package main

import (
	"regexp"
	"sync"
)

// search is a visitor's pattern, compiled, with what it found when it was last
// used.
type search struct {
	pattern *regexp.Regexp
	found   []*product
}

// searches maps patterns to *search. Compiling takes time, so nothing is ever
// compiled twice. Nothing is ever thrown away either, and what visitors type
// has no end.
var searches sync.Map

func find(text string) ([]*product, error) {
	if known, ok := searches.Load(text); ok {
		return known.(*search).found, nil
	}
	pattern, err := regexp.Compile("(?i)" + text)
	if err != nil {
		return nil, err
	}
	found := shop.matching(pattern.MatchString)
	searches.Store(text, &search{pattern, found})
	return found, nil
}

func searchesKept() int {
	n := 0
	searches.Range(func(any, any) bool {
		n++
		return true
	})
	return n
}
