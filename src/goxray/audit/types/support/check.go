package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

const (
	largest   = 8 << 20 // bytes: the audit parses no larger file either
	mostSaid  = 3       // errors of a package that are told in words
	mostChars = 200     // of one error
)

// checker checks packages in the order that go list gives them: what a package imports comes before it.
type checker struct {
	fset   *token.FileSet
	done   map[string]*types.Package
	listed map[string]*listed
	sizes  types.Sizes
}

func newChecker(packages []*listed) *checker {
	c := &checker{
		fset:   token.NewFileSet(),
		done:   map[string]*types.Package{"unsafe": types.Unsafe},
		listed: map[string]*listed{},
		sizes:  types.SizesFor("gc", runtime.GOARCH),
	}
	for _, p := range packages {
		c.listed[p.ImportPath] = p
	}
	return c
}

// source is a file as it was read.
type source struct {
	name string
	text []byte
	tree *ast.File
	err  error
}

// check type-checks a package; facts of its expressions are gathered where they are wanted. A package that brings the
// checker down (a bug of go/types) counts as one with an error.
func (c *checker) check(p *listed, wanted bool) (found facts) {
	found = facts{Dir: p.Dir, Path: p.ImportPath}
	if p.ImportPath == "unsafe" {
		return found
	}
	report := func(err error) {
		found.Failures++
		if len(found.Said) < mostSaid {
			found.Said = append(found.Said, shorten(err.Error()))
		}
	}
	if p.Error != nil {
		report(fmt.Errorf("%s", p.Error.Err))
	}
	defer func() {
		if problem := recover(); problem != nil {
			found.Files = nil
			report(fmt.Errorf("the type checker gave up: %v", problem))
		}
	}()
	read := c.parse(p)
	var trees []*ast.File
	for _, each := range read {
		if each.err != nil {
			report(each.err)
		}
		if each.tree != nil {
			trees = append(trees, each.tree)
		}
	}
	config := &types.Config{
		Importer:         importer{c, p},
		Error:            report,
		IgnoreFuncBodies: !wanted,
		FakeImportC:      true,
		Sizes:            c.sizes,
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		config.GoVersion = "go" + p.Module.GoVersion
	}
	info := &types.Info{}
	if wanted {
		info.Types = map[ast.Expr]types.TypeAndValue{}
		info.Defs = map[*ast.Ident]types.Object{}
		info.Uses = map[*ast.Ident]types.Object{}
		info.Selections = map[*ast.SelectorExpr]*types.Selection{}
	}
	made, _ := config.Check(p.ImportPath, c.fset, trees, info) // errors went to report
	c.done[p.ImportPath] = made
	if wanted {
		gather(c, made, info, read, &found)
		found.Left = p.IgnoredFiles
	}
	return found
}

func (c *checker) parse(p *listed) []source {
	read := make([]source, len(p.GoFiles))
	var group sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for at, name := range p.GoFiles {
		group.Add(1)
		turns <- struct{}{}
		go func(to *source, name string) {
			defer func() { <-turns; group.Done() }()
			c.parseFile(to, filepath.Join(p.Dir, name))
		}(&read[at], name)
	}
	group.Wait()
	return read
}

func (c *checker) parseFile(to *source, path string) {
	to.name = filepath.Base(path)
	status, err := os.Stat(path)
	if err == nil && (!status.Mode().IsRegular() || status.Size() > largest) {
		err = fmt.Errorf("%s: no regular file, or too large", to.name)
	}
	if err == nil {
		to.text, err = os.ReadFile(path)
	}
	if err != nil {
		to.err = err
		return
	}
	to.tree, to.err = parser.ParseFile(c.fset, path, to.text, parser.SkipObjectResolution)
}

// importer answers for one package, whose vendored imports have paths of their own.
type importer struct {
	checker *checker
	of      *listed
}

func (i importer) Import(path string) (*types.Package, error) {
	if mapped, ok := i.of.ImportMap[path]; ok {
		path = mapped
	}
	if found := i.checker.done[path]; found != nil {
		return found, nil
	}
	if known := i.checker.listed[path]; known != nil && known.Error != nil {
		return nil, fmt.Errorf("%s: %s", path, known.Error.Err)
	}
	return nil, fmt.Errorf("%s is not there", path)
}

func shorten(text string) string {
	for at, letter := range text {
		if letter == '\n' || at > mostChars {
			return text[:at]
		}
	}
	return text
}
