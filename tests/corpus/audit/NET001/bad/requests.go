package requests

import (
	"bytes"
	"io"
	. "net/http"
	web "net/http"
	"net/url"
)

const base = "https://api.example.com"

func status() (*web.Response, error) {
	return web.Get(base + "/status") // want
}

func head(path string) error {
	resp, err := web.Head(base + path) // want
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func send(body []byte) (int, error) {
	resp, err := web.Post(base, "application/json", bytes.NewReader(body)) // want
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

func form(values url.Values) error {
	_, err := web.PostForm(base+"/form", values) // want
	return err
}

func viaDefault(req *web.Request) (*web.Response, error) {
	return web.DefaultClient.Do(req) // want
}

func assigned() *web.Client {
	client := web.DefaultClient // want
	return client
}

func dotted() error {
	_, err := Get(base) // want
	return err
}

func inGoroutine(done chan<- error) {
	go func() {
		_, err := web.Get(base) // want
		done <- err
	}()
}

func inLoop(urls []string) {
	for _, each := range urls {
		if resp, err := web.Get(each); err == nil { // want
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
}

type service struct{ client *web.Client }

func newService() *service {
	return &service{client: web.DefaultClient} // want
}
