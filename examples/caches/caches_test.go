package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func call(t *testing.T, path string, status int) string {
	t.Helper()
	answer := httptest.NewRecorder()
	routes().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	if answer.Code != status {
		t.Fatalf("GET %s: %d, want %d", path, answer.Code, status)
	}
	return answer.Body.String()
}

func TestProductsAndSearches(t *testing.T) {
	if err := shop.load(feed(100)); err != nil {
		t.Fatal(err)
	}
	if page := call(t, "/product?id=15", http.StatusOK); !strings.Contains(page, "Chair 15") {
		t.Errorf("the page of product 15 is %q", page)
	}
	call(t, "/product?id=1000", http.StatusNotFound)
	call(t, "/product?id=lamp", http.StatusBadRequest)
	call(t, "/search?q=(", http.StatusBadRequest)
	for range []int{1, 2} {
		if found := call(t, "/search?q=lamp+9%24", http.StatusOK); found != "" {
			t.Errorf("a search for no product found %q", found)
		}
		if found := call(t, "/search?q=lamp+77%24", http.StatusOK); found != "77\tLamp 77\n" {
			t.Errorf("a search found %q", found)
		}
	}
	var said stats
	if err := json.Unmarshal([]byte(call(t, "/stats", http.StatusOK)), &said); err != nil {
		t.Fatal(err)
	}
	if said.Products != 100 || said.Searches != 2 {
		t.Errorf("stats are %+v", said)
	}
}

func TestPagesStayWithinTheirLimit(t *testing.T) {
	cache := newPageCache(3)
	rendered := 0
	get := func(i int) {
		cache.get(fmt.Sprint(i), func(out *bytes.Buffer) { rendered++; out.WriteString("page") })
	}
	for i := 0; i < 5; i++ {
		get(i)
		get(0) // always among the latest
	}
	if cache.size() != 3 || len(cache.byPath) != 3 || rendered != 5 {
		t.Errorf("%d pages, %d paths, %d rendered; want 3, 3, 5", cache.size(), len(cache.byPath), rendered)
	}
}

func TestABrokenFeedIsRefused(t *testing.T) {
	for _, line := range []string{"1\t2\tthree", "x\t1\ttitle\ttext", "1\tx\ttitle\ttext"} {
		if (&catalog{products: map[int]*product{}}).load(strings.NewReader(line)) == nil {
			t.Errorf("%q was accepted", line)
		}
	}
}
