package store

import (
	"database/sql"
	"fmt"
	"os"

	"github.com/go-sql-driver/mysql"
)

const fixed = "postgres://app:w1nter2026@db.example.cn:5432/app?sslmode=verify-full" // want

func disabled() (*sql.DB, error) {
	return sql.Open("pgx", "postgres://app@db.example.cn/app?sslmode=disable") // want
}

func formatted(host string) string {
	return fmt.Sprintf("postgres://%s:%s@%s/app?sslmode=disable", os.Getenv("U"), os.Getenv("P"), host) // want
}

func pairs() (*sql.DB, error) {
	return sql.Open("postgres", "host=db.example.cn user=app password=s3cret-One sslmode=require") // want
}

func joined(password string) string {
	return "host=db.example.cn user=app sslmode=" + "disable" + " password=" + password // want
}

func mySQL() (*sql.DB, error) {
	return sql.Open("mysql", "app:s3cretOne@tcp(10.0.0.7:3306)/app?tls=true") // want
}

func mySQLPlain(password string) string {
	return fmt.Sprintf("app:%s@tcp(10.0.0.7:3306)/app?parseTime=true", password) // want
}

func skipVerify() *mysql.Config {
	return &mysql.Config{Addr: "10.0.0.7:3306", TLSConfig: "skip-verify"} // want
}

func redis() string {
	return "redis://:hunter2hunter2@cache.example.cn:6379/0" // want
}

func server() string {
	return "sqlserver://sa:Str0ngOne@db.example.cn?database=app&encrypt=disable" // want
}

func prefer() string {
	return "postgresql://app@db.example.cn/app?connect_timeout=3&sslmode=prefer" // want
}
