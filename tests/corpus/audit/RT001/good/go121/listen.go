package listen

import "net/http"

// A copy for each round.
func copied(addresses []string, h http.Handler) {
	for _, address := range addresses {
		address := address
		go func() { _ = http.ListenAndServe(address, h) }()
	}
}

// Given as an argument.
func given(addresses []string, h http.Handler) {
	for _, address := range addresses {
		go func(at string) { _ = http.ListenAndServe(at, h) }(address)
	}
}

// No goroutine: each round has its turn.
func turns(addresses []string, h http.Handler) {
	for _, address := range addresses {
		_ = http.ListenAndServe(address, h)
	}
}
