// Caches is a small shop catalogue that keeps in memory whatever may be asked
// for again: products, rendered pages, parsed searches. Each cache is a
// reasonable idea, and each keeps more than its author had in mind.
//
//	GET /product?id=N     -> a page on one product
//	GET /search?q=PATTERN -> products whose title matches
//	GET /stats            -> what the service itself says about its caches
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
	port := flag.Int("port", 8081, "port to listen on at 127.0.0.1; 0 picks a free one")
	products := flag.Int("products", 2000, "products to load at the start")
	visits := flag.Int("visits", 0, "requests that the service makes to itself before it says that it listens")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *port, *products, *visits); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, port, products, visits int) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	if err := shop.load(feed(products)); err != nil {
		return err
	}
	handler := routes()
	visit(handler, products, visits)
	fmt.Printf("listening on %s, pid %d\n", listener.Addr(), os.Getpid())

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
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
