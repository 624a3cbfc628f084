package interp

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"strconv"
	"strings"

	"github.com/athanor-ml/athanor/interp/imports"
	"github.com/athanor-ml/athanor/interp/lower"
	"github.com/athanor-ml/athanor/interp/typetext"
)

// A pass is one run of the type checker over everything the session has declared. Bodies of functions that have not
// changed are left out, which keeps it well below a millisecond.
type pass struct {
	pkg  *types.Package
	info *types.Info
	body *ast.BlockStmt // the cell's statements, if they were part of it
	top  map[*types.Var]bool
	errs []types.Error
}

// A plan says what a pass checks.
type plan struct {
	st     *state
	decls  []ast.Decl         // constants of this cell, in groups
	bodies func(d *decl) bool // which functions are checked whole
	stmts  *ast.BlockStmt     // may be nil
	skip   map[string]bool    // constants that decls declare
}

const cellFunc = "_cellꞏ"

// check runs the type checker as p says.
func (s *Session) check(p plan) *pass {
	out := &pass{pkg: types.NewPackage(typetext.CellPath, typetext.CellPath), info: imports.NewInfo(), body: p.stmts, top: map[*types.Var]bool{}}
	f := &ast.File{Name: newIdent(typetext.CellPath)}
	mentions := map[string]bool{}
	add := func(m map[string]bool) {
		for name := range m {
			mentions[name] = true
		}
	}
	var decls []ast.Decl
	for _, name := range sortedKeys(p.st.types) {
		d := p.st.types[name]
		decls = append(decls, &ast.GenDecl{Tok: token.TYPE, Specs: []ast.Spec{d.spec}})
		add(d.mentions)
	}
	for _, key := range sortedKeys(p.st.funcs) {
		d := p.st.funcs[key]
		fn := d.fn
		if p.bodies == nil || !p.bodies(d) {
			fn = stub(fn)
		}
		decls = append(decls, fn)
		add(d.mentions)
	}
	decls = append(decls, s.oldValues(p, out.pkg)...)
	for _, d := range p.decls {
		decls = append(decls, d)
		add(mentionsOf(d))
	}
	if p.stmts != nil {
		add(mentionsOf(p.stmts))
		decls = append(decls, &ast.FuncDecl{Name: newIdent(cellFunc), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: p.stmts})
	}
	f.Decls = append(s.importDecls(p, mentions), decls...)
	conf := types.Config{Importer: s.im, Error: func(err error) {
		if te, ok := err.(types.Error); ok { //nolint:errorlint // go/types reports its own errors, never wrapped
			out.errs = append(out.errs, te)
		}
	}}
	_ = types.NewChecker(&conf, s.fset, out.pkg, out.info).Files([]*ast.File{f})
	out.findTop()
	out.filter()
	return out
}

// importDecls imports what the mentioned names may refer to: imports of the cells first, then the packages that need no
// import.
func (s *Session) importDecls(p plan, mentions map[string]bool) []ast.Decl {
	st := p.st
	var specs []ast.Spec
	for _, name := range sortedKeys(mentions) {
		path := s.aliasPath[name]
		if path == "" && !st.has(name) && !p.skip[name] {
			if path = st.imports[name]; path == "" {
				path = s.auto[name]
			}
		}
		if path != "" {
			specs = append(specs, &ast.ImportSpec{Name: newIdent(name), Path: &ast.BasicLit{Kind: token.STRING, Value: strconv.Quote(path)}})
		}
	}
	if specs == nil {
		return nil
	}
	return []ast.Decl{&ast.GenDecl{Tok: token.IMPORT, Specs: specs}}
}

// oldValues puts the session's variables and constants into the scope: as objects where their types are the same in
// every pass, else as declarations.
func (s *Session) oldValues(p plan, pkg *types.Package) []ast.Decl {
	var decls []ast.Decl
	value := func(tok token.Token, name string, ref typeRef, val ast.Expr) {
		spec := &ast.ValueSpec{Names: []*ast.Ident{newIdent(name)}, Type: s.typeAST(ref.text)}
		if val != nil {
			spec.Values = []ast.Expr{val}
		}
		decls = append(decls, &ast.GenDecl{Tok: tok, Specs: []ast.Spec{spec}})
	}
	for _, name := range sortedKeys(p.st.vars) {
		v := p.st.vars[name]
		if v.typ.text == "" {
			pkg.Scope().Insert(types.NewVar(token.NoPos, pkg, name, v.typ.typ))
		} else {
			value(token.VAR, name, v.typ, nil)
		}
	}
	for _, name := range sortedKeys(p.st.consts) {
		c := p.st.consts[name]
		switch {
		case p.skip[name]:
		case c.typ.text == "":
			pkg.Scope().Insert(types.NewConst(token.NoPos, pkg, name, c.typ.typ, c.value))
		default:
			e, err := parser.ParseExpr(constText(c.value, c.typ.typ))
			if err == nil {
				value(token.CONST, name, c.typ, e)
			}
		}
	}
	for name, t := range s.named {
		pkg.Scope().Insert(types.NewTypeName(token.NoPos, pkg, name, t))
	}
	return decls
}

// constText is an expression whose value is v, of type t. Fractions and large numbers are floats of t's own precision; as
// they stand, the first would be whole numbers and the second too long.
func constText(v constant.Value, t types.Type) string {
	b, _ := t.Underlying().(*types.Basic)
	part := func(v constant.Value) string {
		f, _ := constant.Float64Val(constant.ToFloat(v))
		return strconv.FormatFloat(f, 'x', -1, 64)
	}
	switch {
	case b != nil && b.Info()&types.IsFloat != 0:
		return part(v)
	case b != nil && b.Info()&types.IsComplex != 0:
		return part(constant.Real(v)) + " + (" + part(constant.Imag(v)) + ")*1i"
	}
	return v.ExactString()
}

// typeAST parses the text of a typeRef.
func (s *Session) typeAST(text string) ast.Expr {
	if e := s.typeASTs[text]; e != nil {
		return e
	}
	e, err := parser.ParseExpr(text)
	if err != nil {
		panic("interp: type text " + text + ": " + err.Error())
	}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			id.NamePos = token.NoPos
		}
		return true
	})
	s.typeASTs[text] = e
	return e
}

// findTop finds the variables that the cell's statements declare at the top: they become the session's.
func (p *pass) findTop() {
	if p.body == nil {
		return
	}
	for _, st := range p.body.List {
		for _, id := range topIdents(st) {
			if v, ok := p.info.Defs[id].(*types.Var); ok {
				p.top[v] = true
			}
		}
	}
}

// topIdents are the names that a top-level statement declares.
func topIdents(st ast.Stmt) (ids []*ast.Ident) {
	switch st := st.(type) {
	case *ast.LabeledStmt:
		return topIdents(st.Stmt)
	case *ast.AssignStmt:
		if st.Tok == token.DEFINE {
			for _, l := range st.Lhs {
				if id, ok := l.(*ast.Ident); ok {
					ids = append(ids, id)
				}
			}
		}
	case *ast.DeclStmt:
		if g, ok := st.Decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, sp := range g.Specs {
				ids = append(ids, sp.(*ast.ValueSpec).Names...)
			}
		}
	}
	return ids
}

// filter drops the complaints that make no sense in a notebook: an unused import, an unused top-level variable.
func (p *pass) filter() {
	unused := map[token.Pos]bool{}
	for v := range p.top {
		unused[v.Pos()] = true
	}
	kept := p.errs[:0]
	for _, e := range p.errs {
		switch {
		case strings.HasSuffix(e.Msg, "imported and not used"), strings.Contains(e.Msg, " imported as ") && strings.HasSuffix(e.Msg, " and not used"):
		case strings.HasPrefix(e.Msg, "declared and not used") && unused[e.Pos]:
		case strings.HasPrefix(e.Msg, "\t"): // the second half of the error before it
		default:
			kept = append(kept, e)
		}
	}
	p.errs = kept
}

// diagnostics turns the checker's errors into positions of cells.
func (s *Session) diagnostics(errs []types.Error, st *state) []lower.Diagnostic {
	var out []lower.Diagnostic
	seen := map[lower.Diagnostic]bool{}
	for _, e := range errs {
		f := lower.Diagnostic{At: lower.PositionOf(s.fset.Position(e.Pos)), Msg: s.plain(e.Msg)}
		if name, ok := strings.CutPrefix(e.Msg, "undefined: "); ok && st.gone[name] != "" {
			f.Msg += " (" + st.gone[name] + ")"
		}
		if !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	return out
}

var aliasText = regexp.MustCompile(`[\pL\pN_]*` + aliasMark)

// plain takes our own names out of a message of the checker.
func (s *Session) plain(msg string) string {
	for strings.Contains(msg, aliasMark) {
		alias := aliasText.FindString(msg)
		name := s.aliasName[alias]
		if name == "" {
			name = strings.TrimSuffix(alias, aliasMark)
		}
		msg = strings.Replace(msg, alias, name, 1)
	}
	msg = strings.ReplaceAll(msg, typetext.CellPath+".", "")
	msg = strings.ReplaceAll(msg, "\n\t", "; ")
	return strings.ReplaceAll(msg, "ꞏ", ".")
}
