package interp

import (
	"embed"
	"fmt"
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

// A sourcePkg is a checked package of the prelude.
type sourcePkg struct {
	pkg   *types.Package
	info  *types.Info
	funcs map[string]*ast.FuncDecl // methods as "T.M"
}

// source loads the prelude package at import path p; nil when there is none.
func (s *Session) source(p string) *types.Package {
	if sp, ok := s.sources[p]; ok {
		if sp == nil {
			return nil
		}
		return sp.pkg
	}
	entries, err := preludeFS.ReadDir("_prelude/" + p)
	if err != nil || !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() }) {
		s.sources[p] = nil
		return nil
	}
	sp, err := s.loadSource(p, entries)
	if err != nil {
		panic("interp: prelude " + p + ": " + err.Error())
	}
	s.sources[p] = sp
	return sp.pkg
}

func (s *Session) loadSource(p string, entries []fs.DirEntry) (*sourcePkg, error) {
	sp := &sourcePkg{info: newInfo(), funcs: map[string]*ast.FuncDecl{}}
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
		f, err := parser.ParseFile(s.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				sp.funcs[strings.TrimPrefix(recvName(fn)+"."+fn.Name.Name, ".")] = fn
			}
		}
	}
	base := types.NewPackage(p, path.Base(p))
	if s.im.keys[p] != "" { // the compiled names of the package stand beside the generic ones
		s.im.source = nil
		pkg, err := s.im.Import(p)
		s.im.source = s.source
		if err != nil {
			return nil, err
		}
		base = pkg
	}
	conf := types.Config{Importer: s.im}
	if err := types.NewChecker(&conf, s.fset, base, sp.info).Files(files); err != nil {
		return nil, err
	}
	base.MarkComplete()
	sp.pkg = base
	return sp, nil
}

// isSource reports whether pkg is a package of the prelude.
func (s *Session) isSource(pkg *types.Package) bool {
	return pkg != nil && s.sources[pkg.Path()] != nil
}

// sourceType is the engine's name of a type of the prelude, or its text.
func (l *lowerer) sourceType(n *types.Named) string {
	if _, ok := n.Underlying().(*types.Struct); !ok {
		return l.typ(n.Underlying())
	}
	_, text := l.typeArgs(n.TypeArgs())
	name, isNew := l.instance(n.Obj().Pkg().Path()+"."+n.Obj().Name()+"["+text+"]", n.Obj().Name())
	if isNew {
		l.outer().declareType(name, types.TypeString(n, qualifyNone), n.Underlying())
	}
	return name
}

// isSourceMethod reports whether fn is a method of a type of the prelude.
func (l *lowerer) isSourceMethod(fn *types.Func) bool {
	return l.s.isSource(fn.Pkg()) && fn.Signature().RecvTypeParams().Len() > 0
}

// sourceMethod is the engine's name of a method of a type of the prelude, for a receiver of type recv.
func (l *lowerer) sourceMethod(recv types.Type, fn *types.Func) string {
	if p, ok := types.Unalias(recv).(*types.Pointer); ok {
		recv = p.Elem()
	}
	n := types.Unalias(l.subst(recv)).(*types.Named)
	args, text := l.typeArgs(n.TypeArgs())
	key := n.Obj().Name() + "." + fn.Name()
	name, isNew := l.instance(fn.Pkg().Path()+"."+key+"["+text+"]", n.Obj().Name()+"ꞏ"+fn.Name())
	if isNew {
		sp := l.s.sources[fn.Pkg().Path()]
		l.lowerInstance(name, sp.info, sp.funcs[key], args)
	}
	return name
}

// sourceFunc is the engine's name of a function of the prelude.
func (l *lowerer) sourceFunc(f *types.Func, args []types.Type) string {
	sp := l.s.sources[f.Pkg().Path()]
	fn := (*ast.FuncDecl)(nil)
	if sp != nil {
		fn = sp.funcs[f.Name()]
	}
	if fn == nil {
		if l.s.im.keys[f.Pkg().Path()] != "" && len(args) == 0 {
			return l.s.engineImport(f.Pkg().Path()) + "." + f.Name()
		}
		panic(unsupported{fault{msg: fmt.Sprintf("%s.%s cannot be used in cells", f.Pkg().Name(), f.Name())}})
	}
	var ts []string
	for _, a := range args {
		ts = append(ts, l.outer().typ(a))
	}
	if name := l.fast(f, ts); name != "" {
		return name
	}
	name, isNew := l.instance(f.Pkg().Path()+"."+f.Name()+"["+strings.Join(ts, ",")+"]", f.Pkg().Name()+"ꞏ"+f.Name())
	if isNew {
		l.lowerInstance(name, sp.info, fn, args)
	}
	return name
}
