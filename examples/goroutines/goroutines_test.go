package main

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
)

func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestSubscribersReceiveAndLeave(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := news.join("ann")
	if sent := news.publish("hello"); sent != 1 {
		t.Fatalf("sent to %d subscribers, want 1", sent)
	}
	if got := <-s.inbox; got.text != "hello" {
		t.Errorf("received %q", got.text)
	}
	go follow(ctx, s)
	cancel()
	until(t, "the subscriber is still there", func() bool { return news.size() == 0 })
}

func TestAFullInboxMissesNews(t *testing.T) {
	s := news.join("bob")
	defer news.leave(s)
	before := news.missed
	for i := 0; i < 70; i++ {
		news.publish("again")
	}
	if missed := news.missed - before; missed != 6 {
		t.Errorf("%d missed, want 6", missed)
	}
}

func TestAQuoteThatIsGivenUpLeavesItsGoroutine(t *testing.T) {
	if cents, err := quote(context.Background(), "ABC"); cents != 300 || err != nil {
		t.Fatalf("quote is %d, %v", cents, err)
	}
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := quote(ctx, "ABC"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the error is %v", err)
	}
	time.Sleep(2 * slowness)
	if left := runtime.NumGoroutine() - before; left != 1 {
		t.Errorf("%d goroutines left behind, want the 1 that this example is about", left)
	}
}
