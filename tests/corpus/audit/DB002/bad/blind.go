package blind

import (
	"database/sql"
	"fmt"
)

const dsn = "postgres://app:s3cret@10.0.0.1/app?sslmode=verify-full" // want

func keyValue() (*sql.DB, error) {
	return sql.Open("postgres", "host=db user=app password=s3cret sslmode=verify-full") // want
}

func formatted(host string) (*sql.DB, error) {
	return sql.Open("postgres", fmt.Sprintf("postgres://app@%s/app?sslmode=disable", host)) // want
}
