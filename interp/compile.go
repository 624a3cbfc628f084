package interp

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/athanor-ml/athanor/interp/imports"
	"github.com/athanor-ml/athanor/interp/lower"
)

// compile checks and lowers a cell, gives the declarations to the engine, and is the name of the engine's function that
// runs the statements.
func (s *Session) compile(code string, count int, out Output) (string, *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[count] = strings.ReplaceAll(code, "\r\n", "\n")
	src, err := parse(s.fset, count, code)
	if err != nil {
		return "", s.syntaxError(err, s.texts[count])
	}
	src.body.List = initOrder(src.body.List, src.decls)
	c := &cellBuild{s: s, count: count, src: src, st: s.st.clone(), changed: map[string]bool{}, skip: map[string]bool{}, impls: map[string]*decl{}}
	if diags := c.collect(); diags != nil {
		return "", diagnosticError("CompileError", diags, s.cellText)
	}
	if diags := c.check(); diags != nil {
		return "", diagnosticError("CompileError", diags, s.cellText)
	}
	name, texts, diags := c.lower()
	if diags != nil {
		return "", diagnosticError("Unsupported", diags, s.cellText)
	}
	imported := s.prog.Imports() // by themselves: they stay when the engine does not take the rest
	for i, text := range append([]string{imported}, texts...) {
		if s.onText != nil {
			s.onText(text)
		}
		if err := s.eng.declare(text); err != nil {
			return "", s.engineError(err, text)
		}
		if i == 0 {
			s.prog.Imported()
		}
	}
	c.commit()
	for _, note := range c.notes {
		out.Stream("stderr", note+"\n")
	}
	return name, nil
}

func (s *Session) cellText(n int) string { return s.texts[n] }

func (s *Session) syntaxError(err error, text string) *Error {
	return diagnosticError("SyntaxError", syntaxDiagnostics(err, text), s.cellText)
}

// engineError reports that the engine did not take what lowering made: a fault of ours.
func (s *Session) engineError(err error, text string) *Error {
	f := lower.Diagnostic{Msg: "this cell is correct Go, but the engine cannot run it: " + err.Error()}
	if at, msg, ok := lower.CutPosition(err.Error()); ok {
		at.Column = 0
		f = lower.Diagnostic{At: at, Msg: "correct Go, but the engine cannot run it: " + msg}
	}
	e := diagnosticError("Unsupported", []lower.Diagnostic{f}, s.cellText)
	if debugLowering {
		e.Traceback = append(e.Traceback, text)
	}
	return e
}

// A cellBuild is a cell on its way into the session.
type cellBuild struct {
	s       *Session
	count   int
	src     *source
	st      *state
	consts  []ast.Decl
	skip    map[string]bool // constants that consts declares
	own     []*decl         // what this cell declares
	changed map[string]bool // names that mean something else than before
	impls   map[string]*decl
	first   *pass
	second  *pass
	recheck []*decl // functions to lower
	newVars []*variable
	topVars map[*types.Var]string
	unit    *lower.Unit
	notes   []string
	result  ast.Expr
}

// collect takes the cell's declarations into the new state.
func (c *cellBuild) collect() (diags []lower.Diagnostic) {
	fail := func(n ast.Node, format string, args ...any) {
		diags = append(diags, lower.Diagnostic{At: lower.PositionOf(c.s.fset.Position(n.Pos())), Msg: fmt.Sprintf(format, args...)})
	}
	for _, d := range c.src.decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			c.collectFunc(d, fail)
		case *ast.GenDecl:
			switch d.Tok {
			case token.IMPORT:
				for _, sp := range d.Specs {
					c.collectImport(sp.(*ast.ImportSpec), fail)
				}
			case token.TYPE:
				for _, sp := range d.Specs {
					c.collectType(sp.(*ast.TypeSpec))
				}
			case token.CONST:
				c.collectConsts(d)
			}
		}
	}
	return diags
}

func (c *cellBuild) collectImport(sp *ast.ImportSpec, fail func(ast.Node, string, ...any)) {
	p, err := strconv.Unquote(sp.Path.Value)
	if err != nil {
		fail(sp, "bad import path %s", sp.Path.Value)
		return
	}
	if !c.s.im.Compiled(p) && c.s.im.Source(p) == nil {
		fail(sp, "package %s is not available in cells%s", p, c.s.similarPackage(p))
		return
	}
	name := c.s.im.Name(p)
	if sp.Name != nil {
		name = sp.Name.Name
	}
	switch name {
	case "_":
		return
	case ".":
		fail(sp, "an import into the cell's own names is not supported: write import %s and the package's name before its names", sp.Path.Value)
		return
	}
	c.st.forget(name)
	c.st.imports[name] = p
}

// similarPackage suggests a package whose last element is the same.
func (s *Session) similarPackage(p string) string {
	last := p[strings.LastIndex(p, "/")+1:]
	for _, known := range s.im.Paths() {
		if strings.HasSuffix(known, "/"+last) || known == last {
			return "; there is " + known
		}
	}
	return "; cells can import the standard library and athanor's packages"
}

func (c *cellBuild) collectFunc(fn *ast.FuncDecl, fail func(ast.Node, string, ...any)) {
	if fn.Body == nil {
		fail(fn, "func %s has no body", fn.Name.Name)
		return
	}
	if fn.Name.Name == "init" && fn.Recv == nil {
		fail(fn, "func init is not run in a notebook: write its statements into the cell")
		return
	}
	if fn.Name.Name == "_" {
		return
	}
	d := &decl{name: fn.Name.Name, recv: imports.ReceiverName(fn), cell: c.count, fn: fn, text: source1(fn), mentions: mentionsOf(fn)}
	d.generic = fn.Type.TypeParams != nil
	if d.recv != "" {
		if t := c.st.types[d.recv]; t != nil {
			d.generic = t.spec.TypeParams != nil
		}
		for _, sib := range c.src.decls { // the type may come later in the cell
			if g, ok := sib.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, sp := range g.Specs {
					if ts := sp.(*ast.TypeSpec); ts.Name.Name == d.recv {
						d.generic = ts.TypeParams != nil
					}
				}
			}
		}
	} else {
		old := c.st.funcs[d.name]
		c.st.forget(d.name)
		if old != nil {
			d.emitted, d.sig, d.impls = old.emitted, old.sig, old.impls
		}
	}
	if old := c.st.funcs[d.key()]; old != nil {
		if old.cell == c.count {
			fail(fn.Name, "%s is declared twice in this cell", d.key())
			return
		}
		d.emitted, d.sig, d.impls = old.emitted, old.sig, old.impls
	}
	c.st.funcs[d.key()] = d
	c.own = append(c.own, d)
}

func (c *cellBuild) collectType(ts *ast.TypeSpec) {
	d := &decl{name: ts.Name.Name, cell: c.count, spec: ts, text: source1(ts), mentions: mentionsOf(ts), generic: ts.TypeParams != nil}
	if old := c.st.types[d.name]; old != nil && old.text == d.text && old.cell != c.count {
		return // the same again: values of the type stay what they are
	}
	c.st.forget(d.name)
	c.st.types[d.name] = d
	c.changed[d.name] = true
	c.own = append(c.own, d)
}

func (c *cellBuild) collectConsts(g *ast.GenDecl) {
	c.consts = append(c.consts, g)
	for _, sp := range g.Specs {
		for _, id := range sp.(*ast.ValueSpec).Names {
			c.skip[id.Name] = true
			c.st.forget(id.Name)
		}
	}
}

// source1 is a node's source in one form, for comparing.
func source1(n ast.Node) string {
	var b bytes.Buffer
	if err := format.Node(&b, token.NewFileSet(), n); err != nil {
		return ""
	}
	return b.String()
}

// check runs the passes.
func (c *cellBuild) check() []lower.Diagnostic {
	s := c.s
	c.retype()
	stmts := c.statements(false)
	c.first = s.check(plan{st: c.st, decls: c.consts, skip: c.skip, stmts: stmts})
	if c.result != nil && slices.ContainsFunc(c.first.errs, func(e types.Error) bool {
		return strings.HasSuffix(e.Msg, "is not used") && e.Pos >= c.result.Pos() && e.Pos <= c.result.End()
	}) { // the call of a builtin, or a conversion
		c.first = s.check(plan{st: c.st, decls: c.consts, skip: c.skip, stmts: c.statements(true)})
	}
	diags := s.diagnostics(c.first.errs, c.st)
	if len(diags) == 0 {
		diags = c.findResult()
	}
	if len(diags) == 0 {
		diags = c.newConsts()
	}
	if len(diags) == 0 {
		diags = c.newVariables()
	}
	if len(diags) == 0 {
		c.spread()
	}
	if len(diags) > 0 && len(c.ownFuncs()) == 0 {
		return sortDiagnostics(diags)
	}
	return c.checkBodies(diags)
}

func sortDiagnostics(fs []lower.Diagnostic) []lower.Diagnostic {
	slices.SortStableFunc(fs, func(a, b lower.Diagnostic) int {
		if a.At.Line != b.At.Line {
			return a.At.Line - b.At.Line
		}
		return a.At.Column - b.At.Column
	})
	return fs
}

func (c *cellBuild) ownFuncs() (fs []*decl) {
	for _, d := range c.own {
		if d.fn != nil {
			fs = append(fs, d)
		}
	}
	return fs
}

// statements is the cell's body for the checker; the last expression becomes "_ = x", which any value may be. A call
// stays a call, since it may have no value, or several, unless value says that it has one.
func (c *cellBuild) statements(value bool) *ast.BlockStmt {
	body := c.src.body
	for len(body.List) > 0 {
		if _, empty := body.List[len(body.List)-1].(*ast.EmptyStmt); !empty {
			break
		}
		body.List = body.List[:len(body.List)-1]
	}
	if len(body.List) == 0 {
		return nil
	}
	last := len(body.List) - 1
	es, ok := body.List[last].(*ast.ExprStmt)
	if !ok {
		return body
	}
	c.result = es.X
	if isCallOrReceive(es.X) && !value {
		return body
	}
	list := slices.Clone(body.List)
	list[last] = &ast.AssignStmt{Lhs: []ast.Expr{&ast.Ident{Name: "_", NamePos: es.Pos()}}, TokPos: es.Pos(), Tok: token.ASSIGN, Rhs: []ast.Expr{es.X}}
	return &ast.BlockStmt{Lbrace: body.Lbrace, List: list, Rbrace: body.Rbrace}
}

func isCallOrReceive(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		return true
	case *ast.UnaryExpr:
		return x.Op == token.ARROW
	}
	return false
}

// findResult decides whether the last expression has a value to show.
func (c *cellBuild) findResult() []lower.Diagnostic {
	if c.result == nil {
		return nil
	}
	tv := c.first.info.Types[c.result]
	if tv.IsVoid() || c.silent(c.result) {
		c.result = nil
		return nil
	}
	if b, ok := tv.Type.(*types.Basic); ok && b.Kind() == types.UntypedNil {
		return []lower.Diagnostic{{At: lower.PositionOf(c.s.fset.Position(c.result.Pos())), Msg: "nil has no type of its own"}}
	}
	return nil
}

func (c *cellBuild) newConsts() []lower.Diagnostic {
	for name := range c.skip {
		obj, ok := c.first.pkg.Scope().Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		n := &constDecl{name: name, value: obj.Val(), typ: c.s.ref(obj.Type()), cell: c.count}
		c.st.consts[name] = n
		if old := c.s.st.consts[name]; old == nil || old.value.ExactString() != n.value.ExactString() || !sameRef(old.typ, n.typ) {
			c.changed[name] = true
		}
	}
	return nil
}

func sameRef(a, b typeRef) bool {
	if a.text != "" || b.text != "" {
		return a.text == b.text
	}
	return types.Identical(a.typ, b.typ)
}
