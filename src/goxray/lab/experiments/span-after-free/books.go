package main

import (
	"debug/dwarf"
	"fmt"
)

// field is where a field of one of the runtime's structs is, and how large.
type field struct {
	offset uintptr
	size   int64
}

// books tells where the runtime keeps the heap and its spans, as this program's own debug information has it.
type books struct {
	mheap                                                   uintptr
	allspans                                                field
	startAddr, npages, state, freeindex, nelems, allocCount field
}

// ownBooks reads the executable. entry is where the function called name is in memory, which tells how far the program
// was moved from the addresses in the file.
func ownBooks(entry uintptr, name string) (*books, error) {
	file := ownFile()
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		return nil, err
	}
	found := map[string]uintptr{}
	for _, symbol := range symbols {
		found[symbol.Name] = uintptr(symbol.Value)
	}
	if found["runtime.mheap_"] == 0 || found[name] == 0 {
		return nil, fmt.Errorf("no symbols runtime.mheap_ and %s", name)
	}
	data := ownDebugInfo()
	b := &books{mheap: found["runtime.mheap_"] + entry - found[name]}
	err = fields(data, map[string]map[string]*field{
		"runtime.mheap": {"allspans": &b.allspans},
		"runtime.mspan": {
			"startAddr": &b.startAddr, "npages": &b.npages, "state": &b.state, "freeindex": &b.freeindex,
			"nelems": &b.nelems, "allocCount": &b.allocCount,
		},
	})
	return b, err
}

// fields fills in where the named fields of the named structs are.
func fields(data *dwarf.Data, wanted map[string]map[string]*field) error {
	reader := data.Reader()
	for len(wanted) > 0 {
		entry, err := reader.Next()
		if err != nil {
			return err
		}
		if entry == nil {
			return fmt.Errorf("a struct of the runtime is missing")
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		if entry.Tag == dwarf.TagStructType && wanted[name] != nil {
			kind, err := data.Type(entry.Offset)
			if err != nil {
				return err
			}
			missing := len(wanted[name])
			for _, each := range kind.(*dwarf.StructType).Field {
				if into := wanted[name][each.Name]; into != nil {
					*into = field{uintptr(each.ByteOffset), each.Type.Size()}
					missing--
				}
			}
			if missing > 0 {
				return fmt.Errorf("%s lacks fields", name)
			}
			delete(wanted, name)
		}
		if entry.Tag != dwarf.TagCompileUnit {
			reader.SkipChildren()
		}
	}
	return nil
}
