// Package unchained imports a hash for something else: its audit records hang on nothing.
package unchained

import (
	"crypto/sha256"
	"os"

	"gopkg.in/natefinch/lumberjack.v2"
)

func etag(body []byte) [32]byte { return sha256.Sum256(body) }

func open() (*os.File, error) {
	return os.OpenFile("/var/log/app/audit.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600) // want
}

func rotating() *lumberjack.Logger {
	return &lumberjack.Logger{Filename: "/var/log/app/audit.log", MaxAge: 184} // want
}

func other() (*os.File, error) {
	return os.OpenFile("/var/log/app/access.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)
}
