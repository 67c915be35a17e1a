// Command layoutfacts type-checks the runtime's own packages with the toolchain it is built by
// and prints, as JSON, every integer constant and every struct's size and field offsets.
//
// The values come from Go's type checker, with the build's GOEXPERIMENT in force, so none is
// copied by hand. GOARCH and GOEXPERIMENT choose the build that is described.
package main

import (
	"encoding/json"
	"fmt"
	"go/build"
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"os"
)

// field is one named field. Struct names the struct that it holds by value, Count how many of
// them when the field is an array of that struct; both are left out for every other field.
type field struct {
	Name   string `json:"name"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
	Struct string `json:"struct,omitempty"`
	Count  int64  `json:"count,omitempty"`
}

type structFacts struct {
	Size   int64   `json:"size"`
	Fields []field `json:"fields"`
}

type facts struct {
	Constants map[string]string      `json:"constants"`
	Structs   map[string]structFacts `json:"structs"`
}

func main() {
	out := facts{Constants: map[string]string{}, Structs: map[string]structFacts{}}
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	sizes := compilerSizes{types.SizesFor("gc", build.Default.GOARCH)}
	for _, path := range os.Args[1:] {
		if _, err := build.Import(path, "", build.FindOnly); err != nil {
			continue // a package that this version does not have yet
		}
		if p, err := build.Import(path, "", 0); err != nil || len(p.GoFiles) == 0 {
			continue
		}
		pkg, err := imp.Import(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		describe(pkg, sizes, out)
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func describe(pkg *types.Package, sizes types.Sizes, out facts) {
	for _, name := range pkg.Scope().Names() {
		full := pkg.Path() + "." + name
		switch object := pkg.Scope().Lookup(name).(type) {
		case *types.Const:
			if text, ok := number(object.Val()); ok {
				out.Constants[full] = text
			}
		case *types.TypeName:
			named, ok := object.Type().(*types.Named)
			if !ok || named.TypeParams().Len() > 0 || object.IsAlias() {
				continue
			}
			if under, ok := named.Underlying().(*types.Struct); ok {
				measure(full, under, sizes, out)
			}
		case *types.Var: // a struct without a name of its own is called after the variable that holds it
			if under, ok := object.Type().(*types.Struct); ok {
				measure(full, under, sizes, out)
			}
		}
	}
}

func number(value constant.Value) (string, bool) {
	switch value.Kind() {
	case constant.Bool:
		if constant.BoolVal(value) {
			return "1", true
		}
		return "0", true
	case constant.Int:
		return value.ExactString(), true
	}
	return "", false
}

// measure records one struct, and those that it holds by value, under their full names. A struct
// without a name of its own is called after the field that holds it, "runtime.mheap.central", or
// after the variable, "runtime.scavenge".
func measure(full string, under *types.Struct, sizes types.Sizes, out facts) {
	if _, done := out.Structs[full]; done {
		return
	}
	fields := make([]*types.Var, under.NumFields())
	for i := range fields {
		fields[i] = under.Field(i)
	}
	offsets := sizes.Offsetsof(fields)
	found := structFacts{Size: sizes.Sizeof(under), Fields: []field{}}
	out.Structs[full] = found
	for i, v := range fields {
		if v.Name() == "_" {
			continue
		}
		f := field{Name: v.Name(), Offset: offsets[i], Size: sizes.Sizeof(v.Type())}
		elem, count := peel(v.Type())
		if inner, ok := elem.Underlying().(*types.Struct); ok && inner.NumFields() > 0 {
			f.Struct, f.Count = structName(elem, full+"."+v.Name()), count
			measure(f.Struct, inner, sizes, out)
		}
		found.Fields = append(found.Fields, f)
	}
	out.Structs[full] = found
}

// peel strips array types off t; count is 0 for a type that is no array.
func peel(t types.Type) (elem types.Type, count int64) {
	array, ok := t.Underlying().(*types.Array)
	if !ok {
		return t, 0
	}
	inner, innerCount := peel(array.Elem())
	if innerCount == 0 {
		innerCount = 1
	}
	return inner, array.Len() * innerCount
}

func structName(t types.Type, fallback string) string {
	if _, ok := t.(*types.Named); !ok {
		return fallback
	}
	return types.TypeString(t, func(p *types.Package) string { return p.Path() })
}

// compilerSizes measures structs as the compiler lays them out. Some versions of go/types leave the
// padding at a struct's end out.
type compilerSizes struct{ types.Sizes }

func (s compilerSizes) Sizeof(t types.Type) int64 {
	switch under := t.Underlying().(type) {
	case *types.Array:
		return under.Len() * s.Sizeof(under.Elem())
	case *types.Struct:
		return s.structSize(under)
	}
	return s.Sizes.Sizeof(t)
}

func (s compilerSizes) structSize(under *types.Struct) int64 {
	fields := make([]*types.Var, under.NumFields())
	for i := range fields {
		fields[i] = under.Field(i)
	}
	if len(fields) == 0 {
		return 0
	}
	last := len(fields) - 1
	start := s.Offsetsof(fields)[last]
	end := start + s.Sizeof(fields[last].Type())
	if end == start && end > 0 {
		end++ // so that a pointer to a last field without size stays inside the object
	}
	return roundUp(end, s.Alignof(under))
}

func (s compilerSizes) Offsetsof(fields []*types.Var) []int64 {
	offsets := make([]int64, len(fields))
	var at int64
	for i, field := range fields {
		at = roundUp(at, s.Alignof(field.Type()))
		offsets[i] = at
		at += s.Sizeof(field.Type())
	}
	return offsets
}

func roundUp(n, align int64) int64 {
	return (n + align - 1) / align * align
}
