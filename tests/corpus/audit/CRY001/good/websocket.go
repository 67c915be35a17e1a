package websocket

import (
	"crypto/sha1"
	"encoding/base64"
)

const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// The handshake of RFC 6455 prescribes it and rests on nothing secret.
func accept(key string) string {
	h := sha1.New()
	h.Write([]byte(key + guid))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
