package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTouchKeepsWhatExpiryDeletes(t *testing.T) {
	cache := newSessionCache()
	kept, left := cache.login("ann", "test"), cache.login("bob", "test")
	later := time.Now().Add(2 * time.Minute)
	s := cache.byToken[kept]
	s.lastSeen = later
	cache.byToken[kept] = s

	cache.sweep(later.Add(-time.Minute))

	if _, ok := cache.touch(kept); !ok {
		t.Error("the touched session is gone")
	}
	if _, ok := cache.touch(left); ok {
		t.Error("the other session is still there")
	}
	if live, peak, expired := cache.counts(); live != 1 || peak != 2 || expired != 1 {
		t.Errorf("counts are %d, %d, %d; want 1, 2, 1", live, peak, expired)
	}
}

func TestALoginLastsUntilItsLogout(t *testing.T) {
	handler := routes(make(chan string, 1))
	call := func(method, path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
		return answer
	}
	login := call(http.MethodPost, "/login?user=ann")
	token := strings.TrimSpace(login.Body.String())
	for _, step := range []struct {
		method, path string
		want         int
	}{
		{http.MethodPost, "/touch?token=" + token + "&tag=theme:dark", http.StatusOK},
		{http.MethodGet, "/touch?token=" + token, http.StatusMethodNotAllowed},
		{http.MethodPost, "/logout?token=" + token, http.StatusNoContent},
		{http.MethodPost, "/touch?token=" + token, http.StatusNotFound},
		{http.MethodPost, "/touch?token=nonsense", http.StatusBadRequest},
		{http.MethodPost, "/login", http.StatusBadRequest},
	} {
		if got := call(step.method, step.path).Code; got != step.want {
			t.Errorf("%s %s answers %d; want %d", step.method, step.path, got, step.want)
		}
	}
	if tag := users.byName["ann"].Tags["theme"]; tag != "dark" {
		t.Errorf("the tag is %q", tag)
	}
}
