package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
)

// figures is everything that is said about one map. Names are those of goxray's table.
type figures struct {
	entries, fullSlots, slots, tombstones int
	bytes, indirectBytes                  int64
	detail                                []detail
	pieces                                []object
}

type detail struct {
	name  string
	value int64
}

func itoa(n int) string { return strconv.Itoa(n) }

// quote writes a JSON string; the program prints nothing outside ASCII.
func quote(s string) string { return strconv.QuoteToASCII(s) }

func quoteAll(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

// printAll prints the program's whole truth, ended by a line READY.
func printAll() {
	heap := readHeap()
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintf(out, `{"record":"meta","pid":%d,"go":%s,"kind":%s,"linkage":%s,"objects":%d}`+"\n",
		os.Getpid(), quote(runtime.Version()), quote(mapKind), quote(linkage), len(heap))
	nested := opsNested()
	var living []*entry
	for _, e := range registry {
		if e.mayDie && died(e, heap) {
			fmt.Fprintf(out, `{"record":"gone","label":%s,"addr":%d}`+"\n", quote(e.label), e.addr)
			continue
		}
		living = append(living, e)
		e.print(out, heap)
	}
	registry = living
	for _, e := range nested {
		e.print(out, heap)
	}
	printLooks(out)
	for _, owner := range nilOwners {
		fmt.Fprintf(out, `{"record":"nil","owner":%s}`+"\n", quote(owner))
	}
	out.Flush()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats) // last, as printing allocates
	fmt.Printf(`{"record":"heap","alloc":%d}`+"\nREADY\n", stats.HeapAlloc)
}

// died tells whether the collector has freed the map: its slot is free, or holds something else by now.
func died(e *entry, heap heapObjects) bool {
	if _, found := heap.find(e.addr); !found {
		return true
	}
	return *(*[headerSize]byte)(pointer(e.addr)) != e.snapshot
}

func (e *entry) print(out *bufio.Writer, heap heapObjects) {
	addr := e.addr
	if e.where != nil {
		addr = e.where()
	}
	f := read(e, addr, heap)
	if n := length(addr, e.typ); n != f.entries || f.fullSlots != n {
		fatal("%s: len %d, header %d, full slots %d", e.label, n, f.entries, f.fullSlots)
	}
	fmt.Fprintf(out, `{"record":"map","label":%s,"addr":%d,"kind":%s,"type":%s,"full_type":%s`,
		quote(e.label), addr, quote(mapKind), quote(e.typ.String()), quote(fullName(e.typ)))
	fmt.Fprintf(out, `,"entries":%d,"full_slots":%d,"slots":%d,"tombstones":%d,"bytes":%d,"indirect_bytes":%d`,
		f.entries, f.fullSlots, f.slots, f.tombstones, f.bytes, f.indirectBytes)
	for _, d := range f.detail {
		fmt.Fprintf(out, `,%s:%d`, quote(d.name), d.value)
	}
	fmt.Fprintf(out, `,"owners":%s,"owner_like":%s,"on_stack":%t,"hidden":%t,"memstats_bytes":%d`,
		quoteAll(e.owners), quoteAll(e.like), e.onStack, e.hidden, e.alloc)
	if *flagPieces {
		fmt.Fprint(out, `,"pieces":[`)
		for i, p := range f.pieces {
			if i > 0 {
				fmt.Fprint(out, ",")
			}
			fmt.Fprintf(out, "[%d,%d]", p.addr, p.size)
		}
		fmt.Fprint(out, "]")
	}
	fmt.Fprintln(out, "}")
}

// pile collects the heap objects that a map consists of, each once.
type pile struct {
	heap    heapObjects
	onStack bool // objects outside the heap are expected: they sit on a goroutine's stack
	label   string
	found   []object
}

// add takes the object that holds the address; it may point into the middle of one.
func (p *pile) add(addr uintptr) {
	o, found := p.heap.find(addr)
	if !found {
		if p.onStack {
			return
		}
		fatal("%s: the runtime knows no heap object at %#x", p.label, addr)
	}
	if n := len(p.found); n > 0 && p.found[n-1].addr == o.addr {
		return
	}
	p.found = append(p.found, o)
}

// total sorts the objects, drops repeats and sums their sizes.
func (p *pile) total() int64 {
	sort.Slice(p.found, func(i, j int) bool { return p.found[i].addr < p.found[j].addr })
	kept := p.found[:0]
	var sum int64
	for _, o := range p.found {
		if n := len(kept); n > 0 && kept[n-1].addr == o.addr {
			continue
		}
		kept = append(kept, o)
		sum += int64(o.size)
	}
	p.found = kept
	return sum
}
