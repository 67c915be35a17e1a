package main

import (
	"context"
	"fmt"
	"time"
)

// answer is what the slow source sends: the price, and the history that came
// with it.
type answer struct {
	symbol  string
	cents   int64
	history [1024]int64
}

// quote asks the slow source and gives up when ctx does.
//
// The mistake: the channel has no room. When quote has given up, nobody receives
// any more, and the goroutine that asks waits for ever, with the answer in its
// hands. A channel of capacity 1 would let it go.
func quote(ctx context.Context, symbol string) (int64, error) {
	result := make(chan *answer)
	go func() {
		result <- ask(symbol)
	}()
	select {
	case a := <-result:
		return a.cents, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("quote of %s: %w", symbol, ctx.Err())
	}
}

// slowness is how long the source takes.
var slowness = 50 * time.Millisecond

func ask(symbol string) *answer {
	time.Sleep(slowness)
	a := &answer{symbol: symbol, cents: int64(len(symbol)) * 100}
	for i := range a.history {
		a.history[i] = a.cents + int64(i%10)
	}
	return a
}
