// The runtime's mapdelete: what it takes, and whether a wrapper around a linkname to it sees the program's deletes.
package main

import (
	"debug/dwarf"
	"fmt"
	"os"
	"unsafe"
)

// mapdelete is the runtime's, by its name. What the first two parameters point at does not matter to a caller.
//
//go:linkname mapdelete runtime.mapdelete
func mapdelete(t, h, key unsafe.Pointer)

var intercepted int

// countingDelete is the wrapper that the article puts around mapdelete.
func countingDelete(t, h, key unsafe.Pointer) {
	intercepted++
	mapdelete(t, h, key)
}

const entries = 100

// deleteAll deletes with the language's own delete and returns how many calls the wrapper saw.
func deleteAll[K comparable](key func(int) K) int {
	m := make(map[K]int)
	for i := 0; i < entries; i++ {
		m[key(i)] = i
	}
	before := intercepted
	for i := 0; i < entries; i++ {
		delete(m, key(i))
	}
	if len(m) != 0 {
		panic("entries are left")
	}
	return intercepted - before
}

// byHand calls the wrapper itself.
func byHand() bool {
	m := map[[2]int64]int{{1, 2}: 3}
	var asAny any = m
	key := [2]int64{1, 2}
	before := intercepted
	countingDelete(*(*unsafe.Pointer)(unsafe.Pointer(&asAny)), *(*unsafe.Pointer)(unsafe.Pointer(&m)),
		unsafe.Pointer(&key))
	return intercepted == before+1 && len(m) == 0
}

// parameters returns the types of a function's parameters as this program's own debug information has them.
func parameters(function string) ([]string, error) {
	data := ownDebugInfo()
	reader := data.Reader()
	var types []string
	for inside := false; ; {
		entry, err := reader.Next()
		if err != nil || entry == nil {
			return types, err
		}
		switch {
		case entry.Tag == dwarf.TagSubprogram:
			if inside {
				return types, nil
			}
			inside = entry.Val(dwarf.AttrName) == function
			if !inside {
				reader.SkipChildren()
			}
		case entry.Tag == dwarf.TagCompileUnit:
		case inside && entry.Tag == dwarf.TagFormalParameter:
			if offset, known := entry.Val(dwarf.AttrType).(dwarf.Offset); known {
				kind, err := data.Type(offset)
				if err != nil {
					return nil, err
				}
				types = append(types, kind.String())
			}
			reader.SkipChildren()
		default:
			reader.SkipChildren()
		}
	}
}

var kept any

// bucketBytes is what a bucket of map[int64]int64 takes up to Go 1.23.
const bucketBytes = 8 + 8*16 + 8

// array tells how many buckets a map with a given B gets: makeBucketArray allocates bucketShift(B) of them, and spare ones
// from B = 4 on only. The map's own B is read at offset 9 of runtime.hmap.
func array(hint int) {
	if swiss {
		return // groups and tables are not counted by a B
	}
	allocated := func(hint int) (m map[int64]int64, bytes uint64) {
		bytes, _ = allocatedBy(func() {
			m = make(map[int64]int64, hint)
			kept = m
		})
		return m, bytes
	}
	_, header := allocated(0)
	m, all := allocated(hint)
	b := classicOf(m).b
	emit(fmt.Sprintf("B = %d", b), "array_buckets", float64(all-header)/bucketBytes, "1")
}

func measure() {
	for _, hint := range []int{12, 24, 48} {
		array(hint)
	}
	emit("map[string]int", "intercepted", float64(deleteAll(func(i int) string { return fmt.Sprint(i) })), "1")
	emit("map[int64]int", "intercepted", float64(deleteAll(func(i int) int64 { return int64(i) })), "1")
	emit("map[[2]int64]int", "intercepted", float64(deleteAll(func(i int) [2]int64 { return [2]int64{int64(i)} })), "1")
	truth("", "wrapper_works", byHand())
	types, err := parameters("runtime.mapdelete")
	if err != nil {
		fmt.Fprintln(os.Stderr, "debug information:", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "runtime.mapdelete takes:", types)
	emit("", "parameters", float64(len(types)), "1")
	truth("", "takes_hmap", len(types) == 3 && types[1] == "*runtime.hmap")
	// Debug information calls unsafe.Pointer a pointer to void.
	truth("", "takes_pointer_to_key", len(types) == 3 && types[2] == "*void")
}

func main() { lab(map[string]func(){"main": measure}) }
