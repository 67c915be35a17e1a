// What the go command makes of GOSUMDB: a key of a kind that it knows, one of another kind, and a name with +sm2.
package main

import (
	"archive/zip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const nowhere = "https://127.0.0.1:9/sumdb"

// proxy writes a module proxy of one module as files and returns its directory.
func proxy(dir string) string {
	at := filepath.Join(dir, "proxy", "example.org", "tiny", "@v")
	must(os.MkdirAll(at, 0o700))
	mod := "module example.org/tiny\n\ngo 1.21\n"
	must(os.WriteFile(filepath.Join(at, "list"), []byte("v1.0.0\n"), 0o600))
	must(os.WriteFile(filepath.Join(at, "v1.0.0.info"), []byte(`{"Version":"v1.0.0"}`), 0o600))
	must(os.WriteFile(filepath.Join(at, "v1.0.0.mod"), []byte(mod), 0o600))
	file, err := os.Create(filepath.Join(at, "v1.0.0.zip"))
	must(err)
	packed := zip.NewWriter(file)
	for name, text := range map[string]string{"go.mod": mod, "tiny.go": "package tiny\n"} {
		into, err := packed.Create("example.org/tiny@v1.0.0/" + name)
		must(err)
		_, err = into.Write([]byte(text))
		must(err)
	}
	must(packed.Close())
	must(file.Close())
	return filepath.Join(dir, "proxy")
}

// key returns a verifier key as GOSUMDB takes it, for a public key of the kind that a byte names.
func key(name string, kind byte, public []byte) string {
	typed := append([]byte{kind}, public...)
	hash := sha256.Sum256(append([]byte(name+"\n"), typed...))
	return fmt.Sprintf("%s+%08x+%s", name, binary.BigEndian.Uint32(hash[:4]), base64.StdEncoding.EncodeToString(typed))
}

// download lets the go command fetch the module with a checksum database and returns what it says.
func download(dir, proxy, database string) string {
	must(os.MkdirAll(dir, 0o700))
	must(os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module ask\n\ngo 1.21\n"), 0o600))
	command := exec.Command(filepath.Join(runtime.GOROOT(), "bin", "go"), "mod", "download", "example.org/tiny@v1.0.0")
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GOENV=off", "GOTOOLCHAIN=local", "GOFLAGS=-modcacherw",
		"GOMODCACHE=" + filepath.Join(dir, "mod"), "GOCACHE=" + filepath.Join(dir, "cache"),
		"GOPROXY=file://" + proxy, "GOSUMDB=" + database,
	}
	said, err := command.CombinedOutput()
	if err == nil {
		return "downloaded"
	}
	return string(said)
}

func measure() {
	dir, err := os.MkdirTemp("", "sumdb")
	must(err)
	defer os.RemoveAll(dir)
	files := proxy(dir)
	public, _, err := ed25519.GenerateKey(nil)
	must(err)
	for i, each := range []struct{ what, database string }{
		{"no database", "off"},
		{"an Ed25519 key", key("lab.test", 1, public) + " " + nowhere},
		{"a key of another kind", key("lab.test", 2, public) + " " + nowhere},
		{"name+sm2", "lab.test+sm2 " + nowhere},
	} {
		said := download(filepath.Join(dir, fmt.Sprint(i)), files, each.database)
		fmt.Fprintf(os.Stderr, "%s: %s\n", each.what, strings.TrimSpace(said))
		// A key that is understood leads to the database, which nobody serves here; one that is not is refused before.
		truth(each.what, "asked_or_trusted", said == "downloaded" || strings.Contains(said, "127.0.0.1:9"))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() { lab(map[string]func(){"main": measure}) }
