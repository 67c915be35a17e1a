// What the runtime's data of a type holds, where it lies, who may write to it, and who calls its functions.
package main

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"
)

// declared is a type of the binary.
type declared struct {
	number int
	Text   string
}

// data returns the address of a type's data: a reflect.Type holds a pointer to it.
func data(typ reflect.Type) unsafe.Pointer {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&typ))[1]
}

// writable reports whether the memory at an address may be written to, by the kernel's list of this process' mappings.
func writable(at unsafe.Pointer) bool {
	file, err := os.Open("/proc/self/maps")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var low, high uintptr
		var rights string
		fmt.Sscanf(lines.Text(), "%x-%x %s", &low, &high, &rights)
		if uintptr(at) >= low && uintptr(at) < high {
			return strings.Contains(rights, "w")
		}
	}
	fmt.Fprintln(os.Stderr, "no mapping holds", at)
	os.Exit(1)
	return false
}

// protect looks at the rights on types' memory before and after reflection has been used on them.
func protect() {
	// The first word of an interface points to the type's data; nothing has asked for its reflect.Type yet.
	var boxed any = declared{}
	before := (*[2]unsafe.Pointer)(unsafe.Pointer(&boxed))[0]
	truth("type of the binary", "writable_before_reflection", writable(before))
	typ := reflect.TypeOf(boxed)
	if data(typ) != before {
		fmt.Fprintln(os.Stderr, "the type's data is elsewhere")
		os.Exit(1)
	}
	truth("type of the binary", "writable_after_reflection", writable(data(typ)))
	made := reflect.StructOf([]reflect.StructField{{Name: "Made", Type: typ}})
	_ = reflect.New(made).Elem().Interface()
	truth("type made at run time", "writable_after_reflection", writable(data(made)))
}

// functions counts the fields of the runtime's own type of types (abi.Type) that are functions: to hash, to compare.
func functions() {
	typ := reflect.TypeOf(reflect.TypeOf(0)).Elem().Field(0).Type
	hash := reflect.TypeOf(func(unsafe.Pointer, uintptr) uintptr { return 0 })
	equal := reflect.TypeOf(func(_, _ unsafe.Pointer) bool { return false })
	fields, hashes, equals := 0, 0, 0
	for i := 0; i < typ.NumField(); i++ {
		fields++
		switch typ.Field(i).Type {
		case hash:
			hashes++
		case equal:
			equals++
		}
	}
	emit("", "fields_of_a_type", float64(fields), "1")
	emit("", "hash_functions_of_a_type", float64(hashes), "1")
	emit("", "equal_functions_of_a_type", float64(equals), "1")
}

// drop keeps values of types made at run time in a map, lets go of all else that names these types, collects garbage,
// and counts the values whose type is no longer right.
func drop() {
	const types = 500
	values := map[string]any{}
	for i := 0; i < types; i++ {
		name := fmt.Sprint("Field", i)
		value := reflect.New(reflect.StructOf([]reflect.StructField{{Name: name, Type: reflect.TypeOf(&declared{})}})).Elem()
		value.Field(0).Set(reflect.ValueOf(&declared{i, name}))
		values[name] = value.Interface()
	}
	for i := 0; i < 5; i++ {
		runtime.GC()
		for j := 0; j < 1000; j++ {
			garbage = make([]byte, 512) // reuses what was freed, if anything was
		}
	}
	wrong := 0
	for name, value := range values {
		if !intact(name, value) {
			wrong++
		}
	}
	emit("", "types_of_values_lost", float64(wrong), "1")
	emit("", "types_made", float64(len(values)), "1")
}

var garbage []byte

func intact(name string, value any) (right bool) {
	defer func() {
		if recover() != nil {
			right = false
		}
	}()
	typ := reflect.TypeOf(value)
	field, found := typ.FieldByName(name)
	kept := reflect.ValueOf(value).Field(0).Interface().(*declared)
	return found && field.Index[0] == 0 && typ.Kind() == reflect.Struct && kept.Text == name
}

// open takes values out of reflection.
func open() {
	values := map[string]declared{"key": {1, "text"}}
	whole := reflect.ValueOf(values).MapIndex(reflect.ValueOf("key"))
	for _, each := range []struct {
		name  string
		value reflect.Value
	}{
		{"the struct, a map's value", whole},
		{"its exported field", whole.FieldByName("Text")},
		{"its unexported field", whole.FieldByName("number")},
	} {
		panicked := false
		func() {
			defer func() { panicked = recover() != nil }()
			_ = each.value.Interface()
		}()
		truth(each.name, "panics", panicked)
	}
}

// compare puts a counting function in the place of the equality function of a type that was made at run time.
func compare() {
	typ := reflect.StructOf([]reflect.StructField{{Name: "Compared", Type: reflect.TypeOf(0)}, {Name: "Too", Type: reflect.TypeOf("")}})
	// abi.Type.Equal is 24 bytes from the start of a type.
	at := (*func(a, b unsafe.Pointer) bool)(unsafe.Add(data(typ), 24))
	original, calls := *at, 0
	*at = func(a, b unsafe.Pointer) bool { calls++; return original(a, b) }
	one, two := reflect.New(typ).Elem().Interface(), reflect.New(typ).Elem().Interface()
	right := one == two
	emit("== of two interfaces", "calls_of_equal", float64(calls), "1")
	calls = 0
	right = right && reflect.DeepEqual(one, two)
	emit("reflect.DeepEqual", "calls_of_equal", float64(calls), "1")
	truth("", "both_say_equal", right)
}

func main() {
	lab(map[string]func(){"main": func() {
		debug.SetPanicOnFault(true)
		protect()
		functions()
		drop()
		open()
		compare()
	}})
}
