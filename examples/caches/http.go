package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
)

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/product", showProduct)
	mux.HandleFunc("/search", showSearch)
	mux.HandleFunc("/stats", showStats)
	return mux
}

func showProduct(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.URL.Query().Get("id"))
	if err != nil {
		http.Error(w, "which product? ?id=N", http.StatusBadRequest)
		return
	}
	p, ok := shop.get(id)
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Write(pages.get(r.URL.String(), renderProduct(p)).body)
}

func showSearch(w http.ResponseWriter, r *http.Request) {
	found, err := find(r.URL.Query().Get("q"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, p := range found {
		fmt.Fprintf(w, "%d\t%s\n", p.id, p.title)
	}
}

type stats struct {
	Products  int    `json:"products"`
	Pages     int    `json:"pages"`
	Searches  int    `json:"searches"`
	HeapAlloc uint64 `json:"heap_alloc"`
}

func showStats(w http.ResponseWriter, _ *http.Request) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(stats{shop.size(), pages.size(), searchesKept(), memory.HeapAlloc})
}

// visit asks for pages and searches as visitors would: every search a little
// different from all before it.
func visit(handler http.Handler, products, visits int) {
	for i := 0; i < visits && products > 0; i++ {
		path := fmt.Sprintf("/product?id=%d&from=%d", i*7%products, i%5)
		if i%4 == 3 {
			path = "/search?q=" + url.QueryEscape(fmt.Sprintf("%s .*%d$", kinds[i%len(kinds)], i))
		}
		request, err := http.NewRequest(http.MethodGet, path, nil)
		if err != nil {
			panic(err) // the paths above are well-formed
		}
		handler.ServeHTTP(&nobody{header: http.Header{}}, request)
	}
}

// nobody is a visitor who does not look at the answer.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header            { return n.header }
func (n *nobody) Write(text []byte) (int, error) { return len(text), nil }
func (n *nobody) WriteHeader(int)                {}
