// A Scanner that decrypts SM4 columns as database/sql hands them over: bytes, text, NULL, and what else a driver returns.
package main

import (
	"bytes"
	"context"
	"crypto/cipher"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
)

var block = newSM4([]byte("0123456789abcdef"))

func encrypted(plain string) []byte {
	iv := []byte("fixed iv for lab")
	n := 16 - len(plain)%16
	padded := append([]byte(plain), bytes.Repeat([]byte{byte(n)}, n)...)
	sealed := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(sealed, padded)
	return append(iv, sealed...)
}

// decrypted undoes encrypted; it panics, as block modes do, where the length is no multiple of a block.
func decrypted(iv, sealed []byte) string {
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	return string(plain[:len(plain)-int(plain[len(plain)-1])])
}

// bytesOnly follows the article's Scanner: NULL leaves what was there, anything but bytes is an error, and the first 16
// bytes are cut off whether or not there are so many. Its last line does not compile; see builds/printed.
type bytesOnly struct{ value sql.NullString }

func (s *bytesOnly) Scan(src any) error {
	if src == nil {
		return nil
	}
	raw, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("unsupported type %T", src)
	}
	s.value = sql.NullString{String: decrypted(raw[:16], raw[16:]), Valid: true}
	return nil
}

// careful takes bytes and text, forgets the last value at NULL, and refuses what cannot be a ciphertext.
type careful struct{ value sql.NullString }

var errNoCiphertext = errors.New("not a ciphertext")

func (s *careful) Scan(src any) error {
	s.value = sql.NullString{}
	var raw []byte
	switch typed := src.(type) {
	case nil:
		return nil
	case []byte:
		raw = typed
	case string:
		raw = []byte(typed)
	default:
		return errNoCiphertext
	}
	if len(raw) < 32 || len(raw)%16 != 0 {
		return errNoCiphertext
	}
	s.value = sql.NullString{String: decrypted(raw[:16], raw[16:]), Valid: true}
	return nil
}

// rows is a result set of one column, for database/sql.
type rows struct{ left []driver.Value }

func (r *rows) Columns() []string { return []string{"secret"} }
func (r *rows) Close() error      { return nil }
func (r *rows) Next(into []driver.Value) error {
	if len(r.left) == 0 {
		return io.EOF
	}
	into[0], r.left = r.left[0], r.left[1:]
	return nil
}

// fake is connector, driver and connection: every query returns its values.
type fake struct{ values []driver.Value }

func (f fake) Connect(context.Context) (driver.Conn, error) { return f, nil }
func (f fake) Driver() driver.Driver                        { return f }
func (f fake) Open(string) (driver.Conn, error)             { return f, nil }
func (f fake) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (f fake) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (f fake) Close() error                                 { return nil }
func (f fake) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &rows{f.values}, nil
}

// scanned reads all values into one scanner, as a loop over rows does, and returns what the last one left.
func scanned(into sql.Scanner, left *sql.NullString, values ...driver.Value) (last sql.NullString, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("panic: %v", failed)
		}
	}()
	found, err := sql.OpenDB(fake{values}).Query("select secret")
	if err != nil {
		return last, err
	}
	// Not deferred: since closemu.go came, Close waits for ever where a Scan below it panicked.
	for found.Next() {
		if err := found.Scan(into); err != nil {
			return last, errors.Join(err, found.Close())
		}
	}
	return *left, errors.Join(found.Err(), found.Close())
}

func try(make func() (sql.Scanner, *sql.NullString)) {
	check := func(inCase string, want sql.NullString, refused bool, values ...driver.Value) {
		scanner, left := make()
		got, err := scanned(scanner, left, values...)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s, %s: %v\n", arm, inCase, err)
		}
		panicked := err != nil && len(err.Error()) > 6 && err.Error()[:6] == "panic:"
		truth(inCase, "right", !panicked && (err != nil) == refused && (refused || got == want))
	}
	full := sql.NullString{String: "13800000000", Valid: true}
	check("bytes", full, false, encrypted("13800000000"))
	check("text", full, false, string(encrypted("13800000000")))
	check("NULL", sql.NullString{}, false, nil)
	check("NULL after a value", sql.NullString{}, false, encrypted("13800000000"), nil)
	check("a number is refused", sql.NullString{}, true, int64(7))
	check("short bytes are refused", sql.NullString{}, true, []byte("plain"))
}

func main() {
	lab(map[string]func(){
		"as printed": func() {
			try(func() (sql.Scanner, *sql.NullString) { s := new(bytesOnly); return s, &s.value })
		},
		"as it should be": func() {
			try(func() (sql.Scanner, *sql.NullString) { s := new(careful); return s, &s.value })
		},
	})
}
