package logs

import (
	"os"
	"path/filepath"
)

// The owner alone.
func own() (*os.File, error) {
	return os.OpenFile("/var/log/app/app.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)
}

// A group reads.
func group(logPath string) (*os.File, error) {
	return os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
}

// Everybody reads, nobody else writes.
func readable() error {
	return os.Chmod("/var/log/app/access.log", 0644)
}

// No log: a socket for everybody.
func socket() error {
	return os.Chmod("/run/app/app.sock", 0666)
}

// No log: a login page, a catalogue.
func pages(loginPage, catalogPath string) error {
	if err := os.WriteFile(loginPage, nil, 0666); err != nil {
		return err
	}
	return os.WriteFile(catalogPath, nil, 0666)
}

// A log that starts anew, but no audit log.
func trace() (*os.File, error) {
	return os.Create("debug.log")
}

// The mode is not known.
func configured(logPath string, mode os.FileMode) (*os.File, error) {
	return os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, mode)
}

// The audit log is appended to.
func audit() (*os.File, error) {
	return os.OpenFile("audit.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)
}

// A directory of the group.
func directory(root string) error {
	return os.MkdirAll(filepath.Join(root, "log"), 0750)
}

// The audit log is read.
func read() (*os.File, error) {
	return os.OpenFile("audit.log", os.O_RDONLY, 0)
}
