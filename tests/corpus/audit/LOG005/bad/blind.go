package blind

import (
	"io/fs"
	"os"
	"path/filepath"
)

const mode = 0o666

func constant() { os.OpenFile("/var/log/app.log", os.O_APPEND|os.O_WRONLY, mode) } // want

func joined(dir string) {
	os.OpenFile(filepath.Join(dir, "audit.log"), os.O_APPEND|os.O_WRONLY, fs.FileMode(0777)) // want
}

func directory() { os.MkdirAll("/var/log/app", os.ModePerm) } // want

func emptied() { os.OpenFile("audit.log", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0600) } // want
