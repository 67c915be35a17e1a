package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// record is one line that is printed before the last collection; addresses in it hold nothing.
type record struct {
	kind, label string
	addr        uintptr
	fields      []string
}

var records []record

// note remembers a line. Fields come in pairs: a name, and a value that is a string or an integer.
func note(kind, label string, p unsafe.Pointer, fields ...any) {
	r := record{kind: kind, label: label, addr: uintptr(p)}
	for i := 0; i < len(fields); i += 2 {
		r.fields = append(r.fields, strconv.Quote(fields[i].(string))+":"+fieldText(fields[i+1]))
	}
	records = append(records, r)
}

func fieldText(value any) string {
	switch value := value.(type) {
	case string:
		return strconv.Quote(value)
	case bool:
		return strconv.FormatBool(value)
	case []uintptr:
		words := make([]string, len(value))
		for i, word := range value {
			words[i] = strconv.FormatUint(uint64(word), 10)
		}
		return "[" + strings.Join(words, ",") + "]"
	default:
		return fmt.Sprint(value)
	}
}

// object says that an object of its own lies at p: what it is (new: of the type; array: elements of the type behind a
// slice; string, map, chan), its type ("" where nothing outside the program tells it), the bytes asked for, and the
// expression that holds it, with [...] for indexes.
func object(label string, p unsafe.Pointer, what, typ string, bytes uintptr, owner string) {
	note("object", label, p, "what", what, "type", typ, "bytes", bytes, "owner", owner)
}

// retained says how many objects and bytes would go with the object at p, itself included, by construction.
func retained(label string, p unsafe.Pointer, objects, bytes int) {
	note("retained", label, p, "objects", objects, "bytes", bytes)
}

// path says by which expression from a root the object is reached on a shortest path.
func path(label string, p unsafe.Pointer, expr string) {
	note("path", label, p, "expr", expr)
}

// held says that only a goroutine holds the object: the function whose frame or closure it is.
func held(label string, p unsafe.Pointer, function string) {
	note("held", label, p, "function", function)
}

func printAll() {
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintf(out, "{\"record\":\"meta\",\"version\":%q,\"pid\":%d,\"records\":%d}\n", runtime.Version(), os.Getpid(), len(records))
	for _, r := range records {
		fmt.Fprintf(out, "{\"record\":%q,\"label\":%q,\"addr\":%d", r.kind, r.label, r.addr)
		for _, field := range r.fields {
			fmt.Fprint(out, ",", field)
		}
		fmt.Fprintln(out, "}")
	}
	out.Flush()
	records = nil
}

// What follows prints without allocating.

var (
	line  [512]byte
	used  int
	stats runtime.MemStats
)

func put(text string) { used += copy(line[used:], text) }

func putNumber(n uint64) {
	var digits [20]byte
	i := len(digits)
	for {
		i--
		digits[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			break
		}
	}
	used += copy(line[used:], digits[i:])
}

func putField(name string, n uint64) {
	put(`,"`)
	put(name)
	put(`":`)
	putNumber(n)
}

func flush() {
	put("}\n")
	for done := 0; done < used; {
		n, err := syscall.Write(1, line[done:used])
		if err != nil {
			os.Exit(3)
		}
		done += n
	}
	used = 0
}

// count prints what MemStats says now.
//
//go:noinline
func count() {
	runtime.ReadMemStats(&stats)
	put(`{"record":"ready"`)
	putField("mallocs", stats.Mallocs)
	putField("frees", stats.Frees)
	putField("heap_objects", stats.HeapObjects)
	putField("heap_alloc", stats.HeapAlloc)
	putField("num_gc", uint64(stats.NumGC))
	flush()
}
