package store

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"

	"github.com/go-sql-driver/mysql"
)

// Verified TLS, and the password comes from outside.
func verified() (*sql.DB, error) {
	return sql.Open("pgx", "postgres://app@db.example.cn/app?sslmode=verify-full")
}

// The password is put in.
func formatted(password string) string {
	return fmt.Sprintf("postgres://app:%s@db.example.cn/app?sslmode=verify-full", url.QueryEscape(password))
}

// This machine needs no TLS.
func local() string {
	return "postgres://app@localhost:5432/app?sslmode=disable"
}

// A socket needs no TLS.
func socket(password string) string {
	return fmt.Sprintf("app:%s@unix(/run/mysqld/mysqld.sock)/app", password)
}

// All from the environment.
func environment() (*sql.DB, error) {
	return sql.Open("pgx", os.Getenv("DATABASE_URL"))
}

// MySQL with TLS.
func mySQL(password string) string {
	return fmt.Sprintf("app:%s@tcp(10.0.0.7:3306)/app?tls=true", password)
}

// A registered TLS configuration.
func registered() *mysql.Config {
	return &mysql.Config{Addr: "10.0.0.7:3306", TLSConfig: "gm"}
}

// A web address with a port and a mail address.
func web() []string {
	return []string{"https://example.cn:8443/a?b=c", "mailto:a@example.cn", "redis://cache.example.cn:6379/0"}
}

// A sentence about the setting.
func advice() error {
	return fmt.Errorf("sslmode=disable is not allowed in production")
}

// Redis over TLS.
func redis(password string) string {
	return "rediss://:" + password + "@cache.example.cn:6380/0"
}
