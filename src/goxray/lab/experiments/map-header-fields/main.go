// What the header of a map is made of: the fields that the compiler describes in this very binary (DWARF), and the
// words of live headers.
package main

import (
	"debug/dwarf"
	"fmt"
	"os"
	"unsafe"
)

// magic is a value that nothing else in memory has: where it lies, there are the entries.
const magic = 0x5ca1ab1e0ddba11

var (
	kept map[int]int
	hint = 8
)

// field is one field of the header's struct.
type field struct {
	name, kind string
	offset     int64
}

// headers are the runtime's names for the struct that a map value points at.
var headers = map[string]bool{"runtime.hmap": true, "internal/runtime/maps.Map": true}

// described reads the header's fields from the debugging information of this binary.
func described() (name string, fields []field) {
	data := ownDebugInfo()
	for walk := data.Reader(); ; {
		entry, err := walk.Next()
		if err != nil || entry == nil {
			panic("no header in DWARF")
		}
		found, _ := entry.Val(dwarf.AttrName).(string)
		if entry.Tag != dwarf.TagStructType || !headers[found] {
			continue
		}
		kind, err := data.Type(entry.Offset)
		if err != nil {
			panic(err)
		}
		for _, each := range kind.(*dwarf.StructType).Field {
			fields = append(fields, field{each.Name, each.Type.String(), each.ByteOffset})
		}
		return found, fields
	}
}

// header returns the address of a map's header: a map value is that pointer.
func header(m *map[int]int) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(m)) }

func word(base unsafe.Pointer, offset int64) uintptr { return *(*uintptr)(unsafe.Add(base, offset)) }

// holds tells whether the first words behind an address hold the magic value.
func holds(at unsafe.Pointer, words int) bool {
	for i := 0; i < words; i++ {
		if word(at, int64(8*i)) == magic {
			return true
		}
	}
	return false
}

// entriesAt prints where the entries of a map are: at which offset of its header the pointer to them stands, and
// whether the header itself holds any.
func entriesAt(size int64) {
	kept = map[int]int{magic: magic}
	h := header(&kept)
	near := uintptr(h)
	truth("", "entry_in_header", holds(h, int(size/8)))
	for offset := int64(8); offset < size; offset += 8 {
		at := word(h, offset)
		// Only what lies in the heap close to the header is followed: seeds and counts are no addresses.
		if at%8 == 0 && at-near+1<<22 < 1<<23 && holds(*(*unsafe.Pointer)(unsafe.Add(h, offset)), 16) {
			emit("", "pointer_offset", float64(offset), "bytes")
		}
	}
}

// reads tells whether the seven fields of the claimed header hold, at the places where they are claimed to be, what
// they must hold in a map of so many entries.
func reads(entries int) bool {
	m := make(map[int]int, entries)
	for i := 0; i < entries; i++ {
		m[i] = i
	}
	kept = m
	type claimed struct {
		count      int
		flags      uint8
		b          uint8
		noverflow  uint16
		hash0      uint32
		buckets    unsafe.Pointer
		oldbuckets unsafe.Pointer
	}
	h := (*claimed)(header(&m))
	// Eight entries to a bucket at most, and one at least: which B it is depends on the load factor.
	fits := h.b < 32 && 8<<h.b >= entries && 1<<h.b <= entries
	return h.count == entries && h.flags == 0 && fits && int(h.noverflow) < entries &&
		h.buckets != nil && h.oldbuckets == nil
}

// lazily prints whether the header of a map points at buckets already, before anything is written.
func lazily() {
	empty := func(where string, m *map[int]int) {
		truth(where, "pointer_before_write", word(header(m), 16) != 0)
		(*m)[1] = 1
		truth(where, "pointer_after_write", word(header(m), 16) != 0)
	}
	kept = make(map[int]int)
	truth("on the heap", "pointer_of_empty_map", word(header(&kept), 16) != 0)
	empty("no hint, on the heap", &kept)
	kept = make(map[int]int, hint)
	empty("hint 8, on the heap", &kept)
	kept = make(map[int]int, 12*hint)
	empty("hint 96, on the heap", &kept)
	local := make(map[int]int)
	before := word(*(*unsafe.Pointer)(unsafe.Pointer(&local)), 16) != 0
	local[hint] = 1
	after := word(*(*unsafe.Pointer)(unsafe.Pointer(&local)), 16) != 0
	truth("on the stack", "pointer_of_empty_map", before)
	truth("no hint, on the stack", "pointer_before_write", before)
	truth("no hint, on the stack", "pointer_after_write", after)
}

func measure() {
	name, fields := described()
	fmt.Fprintf(os.Stderr, "header %s\n", name)
	claimed := []string{"count", "flags", "B", "noverflow", "hash0", "buckets", "oldbuckets"}
	inPlace := 0
	for i, each := range fields {
		fmt.Fprintf(os.Stderr, "field %s %s %d\n", each.name, each.kind, each.offset)
		if i < len(claimed) && each.name == claimed[i] {
			inPlace++
		}
		emit(each.name, "field_offset", float64(each.offset), "bytes")
	}
	emit("", "fields_in_place", float64(inPlace), "1")
	last := fields[len(fields)-1]
	entriesAt(last.offset + 8)
	fit := 0
	for _, entries := range []int{20, 100, 500, 1000, 3000, 9000, 14000, 20000} {
		if reads(entries) {
			fit++
		}
	}
	emit("", "headers_that_read_right", float64(fit), "1")
	base(fields)
	lazily()
}

// base prints how the bucket array of a map that has room for it is reached: entries found in the first 2^B buckets
// and their chains, when B is what the field of that name holds. Without such a field nothing is found.
func base(fields []field) {
	const entries = 20000
	m := make(map[int]int)
	for i := 0; i < entries; i++ {
		m[i] = i
	}
	kept = m
	at := map[string]int64{}
	for _, each := range fields {
		at[each.name] = each.offset
	}
	b, known := at["B"]
	if !known {
		emit("", "entries_in_2_to_B_buckets", 0, "1")
		return
	}
	h := header(&m)
	exponent := *(*uint8)(unsafe.Add(h, b))
	// A write finishes a growth that is under way: two old buckets each.
	for i := 0; word(h, at["oldbuckets"]) != 0; i++ {
		m[i%entries] = i % entries
	}
	buckets := *(*unsafe.Pointer)(unsafe.Add(h, at["buckets"]))
	const bucketBytes = 8 + 8*8 + 8*8 + 8
	found := 0
	for i := 0; i < 1<<exponent; i++ {
		for bucket := unsafe.Add(buckets, i*bucketBytes); bucket != nil; {
			for slot := 0; slot < 8; slot++ {
				const used = 5
				if *(*uint8)(unsafe.Add(bucket, slot)) >= used {
					found++
				}
			}
			bucket = *(*unsafe.Pointer)(unsafe.Add(bucket, bucketBytes-8))
		}
	}
	emit("", "entries_in_2_to_B_buckets", float64(found)/entries, "1")
}

func main() { lab(map[string]func(){"main": measure}) }
