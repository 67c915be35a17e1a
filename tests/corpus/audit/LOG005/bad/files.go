package logs

import (
	"io/fs"
	"os"
	"path/filepath"
)

const mode = 0o666

func everybody() (*os.File, error) {
	return os.OpenFile("/var/log/app/app.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0666) // want
}

func byConstant() (*os.File, error) {
	return os.OpenFile("service.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, mode) // want
}

func byName(logPath string) (*os.File, error) {
	return os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0777) // want
}

func joined(dir string) (*os.File, error) {
	logFile := filepath.Join(dir, "out")
	return os.OpenFile(logFile, os.O_CREATE|os.O_RDWR, os.ModePerm) // want
}

func changed() error {
	return os.Chmod("/var/log/app/access.log", 0o622) // want
}

func directory() error {
	return os.MkdirAll("/var/log/app", 0777) // want
}

func written(auditPath string, text []byte) error {
	return os.WriteFile(auditPath, text, fs.FileMode(0666)) // want
}

func emptied() (*os.File, error) {
	return os.OpenFile("/var/lib/app/audit.log", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0600) // want
}

func created() (*os.File, error) {
	return os.Create("audit.jsonl") // want
}

func flags(auditFile string) (*os.File, error) {
	how := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	return os.OpenFile(auditFile, how, 0o640) // want
}
