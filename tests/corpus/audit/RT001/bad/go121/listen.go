package listen

import (
	"net"
	web "net/http"
)

func each(addresses []string, h web.Handler) {
	for _, address := range addresses {
		go func() {
			_ = web.ListenAndServe(address, h) // want
		}()
	}
}

func counted(ports []string, done func(net.Listener, error)) {
	for i := 0; i < len(ports); i++ {
		go func() {
			done(net.Listen("tcp", ports[i])) // want
		}()
	}
}
