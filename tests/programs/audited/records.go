package main

import (
	"log"
	"os"
)

var auditLog = log.New(opened("/var/log/payments/audit.log"), "", 0)

func opened(path string) *os.File {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return os.Stderr
	}
	return file
}
