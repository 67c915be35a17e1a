package blind

import (
	"database/sql"
	"fmt"
	"os"
)

// The password comes from the environment.
func environment() (*sql.DB, error) {
	return sql.Open("postgres", fmt.Sprintf("postgres://app:%s@db/app?sslmode=verify-full", os.Getenv("PW")))
}

// A file of this machine.
func file() (*sql.DB, error) { return sql.Open("sqlite3", "file:app.db?mode=rwc") }

// The form of a DSN in a message.
const usage = "give postgres://USER:PASSWORD@HOST/DB"
