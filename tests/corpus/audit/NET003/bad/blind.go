package blind

import (
	"log"
	web "net/http"
	"time"
)

func renamed(h web.Handler) { log.Fatal(web.ListenAndServe("127.0.0.1:80", h)) } // want

func idleOnly(h web.Handler) *web.Server {
	return &web.Server{Handler: h, IdleTimeout: time.Minute} // want
}

func later(h web.Handler) *web.Server {
	s := web.Server{} // want
	s.Handler = h
	s.WriteTimeout = time.Second
	return &s
}

func inGoroutine(h web.Handler) {
	go func() { _ = web.ListenAndServe("127.0.0.1:6060", h) }() // want
}
