package imports

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// preludeFS holds Go source of the generic packages of the standard library, written for this interpreter: a table cannot
// hold a generic function, so these are checked from source and lowered where they are used.
//
//go:embed _prelude
var preludeFS embed.FS

// A Source is a checked package of the prelude.
type Source struct {
	Info  *types.Info
	Funcs map[string]*ast.FuncDecl // methods as "T.M"

	pkg *types.Package
}

// Source is the prelude package at import path p; nil when there is none.
func (im *Importer) Source(p string) *Source {
	if src, ok := im.sources[p]; ok {
		return src
	}
	entries, err := preludeFS.ReadDir("_prelude/" + p)
	if err != nil || !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() }) {
		im.sources[p] = nil
		return nil
	}
	src, err := im.load(p, entries)
	if err != nil {
		panic("interp: prelude " + p + ": " + err.Error())
	}
	im.sources[p] = src
	return src
}

// IsSource reports whether pkg is a package of the prelude.
func (im *Importer) IsSource(pkg *types.Package) bool {
	return pkg != nil && im.sources[pkg.Path()] != nil
}

// load parses and checks a package of the prelude.
func (im *Importer) load(p string, entries []fs.DirEntry) (*Source, error) {
	src := &Source{Info: NewInfo(), Funcs: map[string]*ast.FuncDecl{}}
	var files []*ast.File
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		name := path.Join("_prelude", p, e.Name())
		text, err := preludeFS.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(im.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				src.Funcs[strings.TrimPrefix(ReceiverName(fn)+"."+fn.Name.Name, ".")] = fn
			}
		}
	}
	base := types.NewPackage(p, path.Base(p))
	if im.Compiled(p) { // the compiled names of the package stand beside the generic ones
		pkg, err := im.compiled(p)
		if err != nil {
			return nil, err
		}
		base = pkg
	}
	conf := types.Config{Importer: im}
	if err := types.NewChecker(&conf, im.fset, base, src.Info).Files(files); err != nil {
		return nil, err
	}
	base.MarkComplete()
	src.pkg = base
	return src, nil
}

// NewInfo makes a types.Info that a checker fills with all that lowering needs.
func NewInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
		Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
	}
}

// ReceiverName is the name of the type that a method belongs to; empty for a function.
func ReceiverName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
