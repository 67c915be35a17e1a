//go:build go1.22

package main

import "go/types"

// unalias sees through an alias, which is a type of its own from Go 1.22 on.
func unalias(t types.Type) types.Type { return types.Unalias(t) }

func isAny(t types.Type) bool {
	if alias, ok := t.(*types.Alias); ok {
		return alias.Obj().Pkg() == nil && alias.Obj().Name() == "any"
	}
	return t == types.Universe.Lookup("any").Type()
}
