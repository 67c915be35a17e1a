package main

import (
	"go/ast"
	"go/types"
	"hash/crc32"
	"sort"
)

// facts are one package's, as the Python side reads them.
type facts struct {
	Dir      string   `json:"dir"`
	Path     string   `json:"path"`
	Failures int      `json:"failures"`
	Said     []string `json:"said,omitempty"`
	Left     []string `json:"left,omitempty"` // files that the build leaves out
	Strings  []string `json:"strings"`
	Files    []file   `json:"files"`
}

// file holds flat lists of numbers: Names and Packages are (offset, string) pairs, Types (offset, length, string)
// triples, all in rising order; offsets are bytes, each counted from the one before. A string is a place in Strings.
type file struct {
	Name     string `json:"name"`
	Size     int    `json:"size"`
	Sum      uint32 `json:"sum"` // CRC-32 (IEEE) of the text that the offsets count in
	Names    []int  `json:"names"`
	Packages []int  `json:"packages"`
	Types    []int  `json:"types"`
}

type gatherer struct {
	checker *checker
	info    *types.Info
	speak   speaker
	found   *facts
	number  map[string]int
	made    map[types.Type]int
}

type entry struct{ at, length, text int }

func gather(c *checker, own *types.Package, info *types.Info, read []source, found *facts) {
	g := &gatherer{c, info, speaker{c, own}, found, map[string]int{}, map[types.Type]int{}}
	for _, each := range read {
		if each.tree == nil {
			continue
		}
		g.file(each)
	}
}

func (g *gatherer) file(of source) {
	position := g.checker.fset.File(of.tree.Pos())
	if position == nil {
		return
	}
	var names, packages, typed []entry
	seen := map[[2]int]bool{}
	say := func(node ast.Expr, t types.Type) {
		start, end := position.Offset(node.Pos()), position.Offset(node.End())
		if text := g.typed(t); text >= 0 && end > start && !seen[[2]int{start, end}] {
			seen[[2]int{start, end}] = true
			typed = append(typed, entry{start, end - start, text})
		}
	}
	ast.Inspect(of.tree, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.BasicLit, *ast.FuncLit:
			return true
		case *ast.SelectorExpr:
			if selection := g.info.Selections[node]; selection != nil {
				if name := g.speak.selected(selection); name != "" {
					names = append(names, entry{position.Offset(node.Sel.Pos()), 0, g.text(name)})
				}
			}
		case *ast.Ident:
			if path := imported(g.info.Uses[node]); path != "" {
				packages = append(packages, entry{position.Offset(node.Pos()), 0, g.text(path)})
			} else if name := g.speak.named(g.info.Uses[node]); name != "" {
				names = append(names, entry{position.Offset(node.Pos()), 0, g.text(name)})
			}
			if variable := g.variable(node); variable != nil {
				say(node, variable.Type())
			}
		}
		if expression, ok := node.(ast.Expr); ok {
			if t := g.value(expression); t != nil {
				say(expression, t)
			}
		}
		return true
	})
	g.found.Files = append(g.found.Files, file{
		Name: of.name, Size: len(of.text), Sum: crc32.ChecksumIEEE(of.text),
		Names: flat(names, false), Packages: flat(packages, false), Types: flat(typed, true),
	})
}

// value returns the type of an expression that has one worth telling: functions by name have none.
func (g *gatherer) value(node ast.Expr) types.Type {
	said, ok := g.info.Types[node]
	if !ok || said.IsBuiltin() || said.IsVoid() || said.IsNil() || said.Type == nil {
		return nil
	}
	if _, isFunction := said.Type.(*types.Signature); isFunction && !said.IsType() && !said.Addressable() {
		return nil
	}
	return types.Default(said.Type)
}

// variable returns the variable that an identifier declares or stands for; fields are none.
func (g *gatherer) variable(node *ast.Ident) *types.Var {
	object := g.info.Defs[node]
	if object == nil {
		object = g.info.Uses[node]
	}
	if found, ok := object.(*types.Var); ok && !found.IsField() {
		return found
	}
	return nil
}

func (g *gatherer) typed(t types.Type) int {
	if at, ok := g.made[t]; ok {
		return at
	}
	at := -1
	if text := g.speak.typed(t); text != "" {
		at = g.text(text)
	}
	g.made[t] = at
	return at
}

func (g *gatherer) text(of string) int {
	at, ok := g.number[of]
	if !ok {
		at = len(g.found.Strings)
		g.found.Strings = append(g.found.Strings, of)
		g.number[of] = at
	}
	return at
}

// flat puts entries in order of place and writes them as differences, which are short.
func flat(entries []entry, long bool) []int {
	sort.Slice(entries, func(i, j int) bool {
		if entries[i].at != entries[j].at {
			return entries[i].at < entries[j].at
		}
		return entries[i].length < entries[j].length
	})
	made := make([]int, 0, 3*len(entries))
	last := 0
	for _, each := range entries {
		made = append(made, each.at-last)
		if long {
			made = append(made, each.length)
		}
		made = append(made, each.text)
		last = each.at
	}
	return made
}
