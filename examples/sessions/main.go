// Sessions is a small login service with the habits of real ones: it keeps its
// state in maps, and deletes most of what it puts into them.
//
//	POST /login?user=NAME      -> a token
//	POST /touch?token=T[&tag=KEY:VALUE]
//	POST /logout?token=T
//	GET  /stats                -> what the service itself says about its maps
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

// The service's state, for as long as it runs. Users outlive their sessions.
var (
	sessions = newSessionCache()
	users    = newDirectory()
	limits   = &guard{limiter: perAddress{}}
)

func main() {
	port := flag.Int("port", 8080, "port to listen on at 127.0.0.1; 0 picks a free one")
	ttl := flag.Duration("ttl", 30*time.Second, "how long a session lives without a touch")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *port, *ttl); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, port int, ttl time.Duration) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	fmt.Printf("listening on %s, pid %d\n", listener.Addr(), os.Getpid())

	requests := make(chan string, 128)
	go tally(ctx, requests)
	go sessions.expire(ctx, ttl)

	server := &http.Server{Handler: routes(requests), ReadHeaderTimeout: 10 * time.Second}
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
