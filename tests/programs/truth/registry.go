package main

import (
	"reflect"
	"unsafe"
)

// entry is what the program remembers of one of its maps. It holds no pointer to the map: the address is a plain
// number, so that the registry is not one more owner of it.
type entry struct {
	label    string
	addr     uintptr
	typ      reflect.Type
	owners   []string // acceptable owner expressions, with [...] for every index; none: no exact expression
	like     []string // strings that the owner must contain
	onStack  bool     // the header sits on a goroutine's stack
	hidden   bool     // no typed path leads to it: its type can at best be inferred
	mayDie   bool     // the garbage collector may free it
	alloc    int64    // bytes by which MemStats grew when it was made; 0: not measured
	where    func() uintptr
	snapshot [headerSize]byte
}

var registry []*entry

// add registers the map m, found by the owner expressions given (any of them is right).
func add[M ~map[K]V, K comparable, V any](label string, m M, owners ...string) *entry {
	return addTyped(label, headerOf(m), reflect.TypeOf(m), owners...)
}

func addTyped(label string, addr uintptr, typ reflect.Type, owners ...string) *entry {
	if addr == 0 {
		fatal("%s: nil map", label)
	}
	for _, e := range registry {
		if e.label == label {
			fatal("%s: registered twice", label)
		}
	}
	e := &entry{label: label, addr: addr, typ: typ, owners: owners}
	if addr != 0 {
		e.snapshot = *(*[headerSize]byte)(pointer(addr))
	}
	registry = append(registry, e)
	return e
}

func (e *entry) contains(words ...string) *entry {
	e.like = append(e.like, words...)
	return e
}

// untyped marks a map that no typed path leads to.
func (e *entry) untyped() *entry {
	e.hidden = true
	return e
}

// captured marks a map that only a closure holds: its type is that of a variable of the closure's function.
func (e *entry) captured() *entry { return e.untyped() }

// mortal marks a map that the garbage collector may free.
func (e *entry) mortal() *entry {
	e.mayDie = true
	return e
}

// headerOf returns the address of the map's header as a number.
func headerOf[M ~map[K]V, K comparable, V any](m M) uintptr {
	return *(*uintptr)(unsafe.Pointer(&m))
}

// pointer turns a number into a pointer; the heap does not move and the objects are kept alive elsewhere.
func pointer(addr uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&addr))
}

// length is len(m) as the language sees it, for the header at addr.
func length(addr uintptr, typ reflect.Type) int {
	return reflect.NewAt(typ, unsafe.Pointer(&addr)).Elem().Len()
}

// typeWord returns the address of the runtime's own description of a type.
func typeWord(typ reflect.Type) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&typ))[1]
}

// fullName spells a type with import paths instead of package names.
func fullName(t reflect.Type) string {
	if t.Name() != "" {
		if t.PkgPath() == "" {
			return t.Name()
		}
		return t.PkgPath() + "." + t.Name()
	}
	switch t.Kind() {
	case reflect.Map:
		return "map[" + fullName(t.Key()) + "]" + fullName(t.Elem())
	case reflect.Pointer:
		return "*" + fullName(t.Elem())
	case reflect.Slice:
		return "[]" + fullName(t.Elem())
	case reflect.Array:
		return "[" + itoa(t.Len()) + "]" + fullName(t.Elem())
	}
	return t.String()
}
