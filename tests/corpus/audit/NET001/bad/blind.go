package blind

import (
	"net/http"
	web "net/http"
	"net/url"
)

type getter func(string) (*http.Response, error)

var fetch getter = web.Get // want

func renamed(u string) {
	resp, _ := web.PostForm(u, url.Values{}) // want
	_ = resp
}

func pointer() *http.Client {
	c := http.DefaultClient // want
	return c
}

func inClosure(urls []string) {
	for _, u := range urls {
		go func() {
			http.Head(u) // want
		}()
	}
}

func generic[T any](u string, read func(*http.Response) T) T {
	resp, _ := http.Get(u) // want
	return read(resp)
}
