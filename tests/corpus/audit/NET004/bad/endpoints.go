package endpoints

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/smtp"
	"time"

	"google.golang.org/grpc"
)

const telemetry = "https://telemetry.example.net/v1" // want

const host = "collector.example.net"

func dial() (net.Conn, error) {
	return net.Dial("tcp", "collector.example.net:4317") // want
}

func constant() (net.Conn, error) {
	return net.DialTimeout("tcp", host+":4317", time.Second) // want
}

func secure(c *tls.Config) (*tls.Conn, error) {
	return tls.Dial("tcp", "ldap.example.net:636", c) // want
}

func dialer(ctx context.Context) (net.Conn, error) {
	d := &net.Dialer{Timeout: time.Second}
	return d.DialContext(ctx, "tcp", "10.1.2.3:5432") // want
}

func lookup() ([]string, error) {
	return net.LookupHost("db.example.net") // want
}

func mail(auth smtp.Auth, to []string, body []byte) error {
	return smtp.SendMail("mail.example.net:25", auth, "a@example.net", to, body) // want
}

func url(ctx context.Context) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, "GET", "https://pay.example.org/v2/orders?limit=10", nil) // want
}

func database() string {
	return "postgres://app@db.example.org:5432/orders" // want
}

func socket() string {
	return "wss://push.example.org/stream" // want
}

func remote() (*grpc.ClientConn, error) {
	return grpc.NewClient("users.example.org:9000") // want
}

func almost() string {
	return "https://api.example.com.attacker.example/" // want
}
