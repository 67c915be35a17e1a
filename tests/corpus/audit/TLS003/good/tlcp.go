package tlcpserver

import (
	"net"
	"net/http"

	"gitee.com/Trisia/gotlcp/tlcp"
)

// TLCP under the standard server.
func serve(s *http.Server, config *tlcp.Config) error {
	l, err := tlcp.Listen("tcp", ":8443", config)
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// A listener of one's own, wrapped.
func wrap(l net.Listener, config *tlcp.Config) net.Listener {
	return tlcp.NewListener(l, config)
}
