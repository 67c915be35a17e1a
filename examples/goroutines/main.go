// Goroutines is a news service with a goroutine for each of its subscribers,
// ten thousand of them at the start, and the leak that such programs have.
//
//	GET  /subscribe?name=NAME -> the news that come in, a line each
//	POST /publish?text=TEXT   -> sends news to all subscribers
//	GET  /quote?symbol=S      -> asks a slow source, and gives up soon
//	GET  /stats               -> what the service itself says of its goroutines
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	port := flag.Int("port", 8082, "port to listen on at 127.0.0.1; 0 picks a free one")
	subscribers := flag.Int("subscribers", 10_000, "subscribers that are there from the start")
	quotes := flag.Int("quotes", 0, "quotes that are asked for at the start, and given up")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *port, *subscribers, *quotes); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, port, subscribers, quotes int) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	for i := 0; i < subscribers; i++ {
		go follow(ctx, news.join(fmt.Sprintf("subscriber-%d", i)))
	}
	for i := 0; i < 100; i++ {
		news.publish(fmt.Sprintf("news number %d", i))
	}
	impatient, cancel := context.WithTimeout(ctx, time.Millisecond)
	for i := 0; i < quotes; i++ {
		quote(impatient, fmt.Sprintf("S%d", i))
	}
	cancel()
	fmt.Printf("listening on %s, pid %d\n", listener.Addr(), os.Getpid())

	server := &http.Server{Handler: routes(), ReadHeaderTimeout: 10 * time.Second}
	drained := make(chan error, 1)
	go func() {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		drained <- server.Shutdown(deadline)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-drained
}
