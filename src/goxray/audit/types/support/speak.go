package main

import (
	"go/types"
	"strconv"
	"strings"
)

const deepest = 32 // a type's text goes no deeper; only made-up types do

// speaker writes names and types as the audit's rules expect them: "net/http.Get", "(net/http.Client).Do",
// "*net/http.Client"; names of the package itself begin with a dot.
type speaker struct {
	checker *checker
	own     *types.Package
}

// named returns the qualified name of what an identifier stands for; empty for what is local to a function, for fields,
// methods and the constants that the language itself declares.
func (s speaker) named(object types.Object) string {
	switch object := object.(type) {
	case nil:
		return ""
	case *types.Builtin:
		return "builtin." + object.Name()
	case *types.TypeName:
		if object.Pkg() == nil {
			return "builtin." + object.Name()
		}
		if object.IsAlias() {
			if name := s.meant(object); name != "" {
				return name
			}
		}
	case *types.PkgName, *types.Label, *types.Nil:
		return ""
	}
	return s.declared(object)
}

// meant returns the name of the type that an alias stands for; empty where it is no named one.
func (s speaker) meant(object *types.TypeName) string {
	if named, ok := unalias(object.Type()).(*types.Named); ok {
		return s.named(named.Obj())
	}
	return ""
}

// declared returns the name of a package-level object.
func (s speaker) declared(object types.Object) string {
	if object.Pkg() == nil || object.Parent() != object.Pkg().Scope() {
		return ""
	}
	if object.Pkg() == s.own {
		return "." + object.Name()
	}
	return object.Pkg().Path() + "." + object.Name()
}

// selected returns the name of a field or method: that of the type which declares it, reached through what is embedded.
func (s speaker) selected(selection *types.Selection) string {
	holder := selection.Recv()
	path := selection.Index()
	for _, at := range path[:len(path)-1] {
		under := pointed(holder).Underlying()
		fields, ok := under.(*types.Struct)
		if !ok || at >= fields.NumFields() {
			return ""
		}
		holder = fields.Field(at).Type()
	}
	holder = pointed(holder)
	if parameter, ok := holder.(*types.TypeParam); ok {
		holder = unalias(parameter.Constraint())
	}
	if method, ok := selection.Obj().(*types.Func); ok {
		holder = s.deepest(holder, method)
	}
	text := s.typed(holder)
	if text == "" {
		return "?." + selection.Obj().Name()
	}
	return "(" + text + ")." + selection.Obj().Name()
}

// deepest goes from an interface of the audited modules into the interface that it embeds for a method: rules know
// those of libraries.
func (s speaker) deepest(holder types.Type, method *types.Func) types.Type {
	for step := 0; step < deepest; step++ {
		embedding, ok := holder.Underlying().(*types.Interface)
		if !ok || !s.audited(holder) {
			return holder
		}
		next := embeds(embedding, method)
		if next == nil {
			return holder
		}
		holder = next
	}
	return holder
}

// audited tells whether a type is declared in what is audited, or has no name.
func (s speaker) audited(t types.Type) bool {
	named, ok := t.(*types.Named)
	if !ok {
		return true
	}
	if named.Obj().Pkg() == nil {
		return false
	}
	if named.Obj().Pkg() == s.own {
		return true
	}
	from := s.checker.listed[named.Obj().Pkg().Path()]
	return from != nil && from.Module != nil && from.Module.Main
}

// embeds returns the embedded interface that has a method which the interface does not declare itself.
func embeds(holder *types.Interface, method *types.Func) types.Type {
	for at := 0; at < holder.NumExplicitMethods(); at++ {
		if holder.ExplicitMethod(at).Name() == method.Name() {
			return nil
		}
	}
	for at := 0; at < holder.NumEmbeddeds(); at++ {
		each := unalias(holder.EmbeddedType(at))
		under, ok := each.Underlying().(*types.Interface)
		if !ok {
			continue
		}
		for at := 0; at < under.NumMethods(); at++ {
			if under.Method(at).Name() == method.Name() {
				return each
			}
		}
	}
	return nil
}

// typed returns a type's text; empty where it is not known. The results of a call are joined by tabs.
func (s speaker) typed(t types.Type) string {
	if results, ok := t.(*types.Tuple); ok {
		texts := make([]string, results.Len())
		for at := range texts {
			texts[at] = s.text(results.At(at).Type(), 0)
		}
		return strings.Join(texts, "\t")
	}
	return s.text(t, 0)
}

func (s speaker) text(t types.Type, depth int) string {
	if depth > deepest {
		return ""
	}
	if isAny(t) {
		return "any"
	}
	switch t := unalias(t).(type) {
	case *types.Basic:
		if t.Kind() == types.Invalid {
			return ""
		}
		return t.String()
	case *types.Named:
		if t.Obj().Pkg() == nil {
			return t.Obj().Name()
		}
		return s.declared(t.Obj())
	case *types.Pointer:
		if to := s.text(t.Elem(), depth+1); to != "" {
			return "*" + to
		}
	case *types.Slice:
		return "[]" + s.text(t.Elem(), depth+1)
	case *types.Array:
		return "[" + strconv.FormatInt(t.Len(), 10) + "]" + s.text(t.Elem(), depth+1)
	case *types.Map:
		return "map[" + s.text(t.Key(), depth+1) + "]" + s.text(t.Elem(), depth+1)
	case *types.Chan:
		return "chan " + s.text(t.Elem(), depth+1)
	case *types.Signature:
		return "func"
	case *types.Struct:
		return "struct"
	case *types.Interface:
		return "interface"
	}
	return ""
}

// imported returns the import path that an identifier stands for.
func imported(object types.Object) string {
	if name, ok := object.(*types.PkgName); ok {
		return name.Imported().Path()
	}
	return ""
}

func pointed(t types.Type) types.Type {
	t = unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		return unalias(pointer.Elem())
	}
	return t
}
