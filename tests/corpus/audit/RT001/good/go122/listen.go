package listen

import "net/http"

// From go 1.22 on each round has a variable of its own.
func each(addresses []string, h http.Handler) {
	for _, address := range addresses {
		go func() { _ = http.ListenAndServe(address, h) }()
	}
}
