package interp

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/interp/lower"
	"github.com/athanor-ml/athanor/interp/typetext"
)

// debugLowering adds the lowered text to errors of the engine.
var debugLowering = os.Getenv("ATHANOR_DEBUG") != ""

// debugStacks prints the process's stack with the panic of a goroutine.
var debugStacks = os.Getenv("ATHANOR_DEBUG") != ""

// retype finds the types that the cell changes, those made of them among them, gives each a new version, and drops the
// variables that still hold values of the old ones.
func (c *cellBuild) retype() {
	for _, d := range c.own { // a method with another signature makes another type
		if old := c.s.st.funcs[d.key()]; d.recv != "" && old != nil && c.st.types[d.recv] != nil {
			if d.generic || source1(d.fn.Type) != source1(old.fn.Type) || source1(d.fn.Recv.List[0].Type) != source1(old.fn.Recv.List[0].Type) {
				c.changed[d.recv] = true
			}
		}
	}
	for again := true; again; {
		again = false
		for name, d := range c.st.types {
			if !c.changed[name] && slices.ContainsFunc(d.deps, func(x string) bool { return c.changed[x] }) {
				c.changed[name], again = true, true
			}
		}
	}
	for _, name := range sortedKeys(c.st.types) {
		if d := c.st.types[name]; c.changed[name] || d.emitted == "" {
			n := *d
			n.emitted = c.s.prog.Version(name)
			c.st.types[name] = &n
		}
	}
	for name, v := range c.st.vars {
		for _, t := range v.typ.uses {
			if c.changed[t] {
				delete(c.st.vars, name)
				c.changed[name] = true
				c.st.gone[name] = fmt.Sprintf("%s was declared in cell %d with an earlier %s: run that cell again", name, v.cell, t)
			}
		}
	}
}

// newVariables makes the variables that the cell's statements declare the session's.
func (c *cellBuild) newVariables() (diags []lower.Diagnostic) {
	c.topVars = map[*types.Var]string{}
	c.unit = c.s.prog.NewUnit(c.st, c.s.st)
	byPos := func(a, b *types.Var) int { return int(a.Pos() - b.Pos()) }
	for _, v := range slices.SortedFunc(maps.Keys(c.first.top), byPos) {
		if v.Name() == "_" {
			continue
		}
		sig := c.unit.TypeText(v.Type())
		if err := c.unit.Err(); err != nil {
			return []lower.Diagnostic{{At: lower.PositionOf(c.s.fset.Position(v.Pos())), Msg: err.Msg}}
		}
		n := &variable{name: v.Name(), typ: c.s.ref(v.Type()), sig: sig, cell: c.count}
		if old := c.st.vars[v.Name()]; old != nil && old.sig == sig {
			n.emitted = old.emitted
		} else {
			n.emitted = c.s.prog.Version(v.Name())
			c.changed[v.Name()] = true
			c.newVars = append(c.newVars, n)
		}
		c.st.forget(v.Name())
		c.st.vars[v.Name()] = n
		c.topVars[v] = n.emitted
	}
	slices.SortFunc(c.newVars, func(a, b *variable) int { return strings.Compare(a.name, b.name) })
	return nil
}

// spread finds the functions that have to be checked and lowered: the cell's own, those that mention something that has
// changed, and those that wait.
func (c *cellBuild) spread() {
	for _, d := range c.ownFuncs() {
		sig := ""
		if obj := c.funcObj(c.first, d); obj != nil && !d.generic {
			sig = c.unit.FuncText(obj.Type().(*types.Signature))
		}
		if d.emitted == "" || d.sig != sig || d.generic {
			d.emitted, d.sig, d.impls = c.s.prog.Version(strings.ReplaceAll(d.key(), ".", "ꞏ")), sig, 0
			c.changed[d.name] = true
		}
	}
	again := map[*decl]bool{}
	for grown := true; grown; {
		grown = false
		for _, key := range sortedKeys(c.st.funcs) {
			d := c.st.funcs[key]
			if again[d] || d.cell == c.count || !c.touches(d) {
				continue
			}
			n := *d
			d = &n
			sig := d.sig
			if obj := c.funcObj(c.first, d); obj != nil && !d.generic {
				sig = c.unit.FuncText(obj.Type().(*types.Signature))
			}
			if d.generic || sig != d.sig {
				d.emitted, d.sig, d.impls = c.s.prog.Version(strings.ReplaceAll(d.key(), ".", "ꞏ")), sig, 0
				c.changed[d.name] = true
			}
			c.st.funcs[key] = d
			again[d], grown = true, true
		}
	}
	for _, key := range sortedKeys(c.st.funcs) {
		if d := c.st.funcs[key]; d.cell == c.count || again[d] {
			c.recheck = append(c.recheck, d)
		}
	}
}

func (c *cellBuild) touches(d *decl) bool {
	if d.pending != "" || d.recv != "" && c.changed[d.recv] {
		return true
	}
	for name := range d.mentions {
		if c.changed[name] {
			return true
		}
	}
	return false
}

// funcObj is d in a pass.
func (c *cellBuild) funcObj(p *pass, d *decl) *types.Func {
	f, _ := p.info.Defs[d.fn.Name].(*types.Func)
	return f
}

// checkBodies checks the functions that need it. A function of this cell whose only error is a name that is not there
// waits for it; one of an earlier cell that no longer fits is put aside.
func (c *cellBuild) checkBodies(diags []lower.Diagnostic) []lower.Diagnostic {
	own := c.ownFuncs()
	if len(diags) == 0 && len(c.recheck) == 0 {
		return nil
	}
	chosen := map[*decl]bool{}
	for _, d := range append(slices.Clone(c.recheck), own...) {
		chosen[d] = true
	}
	p := plan{st: c.st, bodies: func(d *decl) bool { return chosen[d] }}
	if len(diags) > 0 {
		p.decls, p.skip = c.consts, c.skip
	}
	c.second = c.s.check(p)
	byDecl := map[*decl][]types.Error{}
	for _, e := range c.second.errs {
		d := c.declAt(e, chosen)
		if d == nil {
			if len(diags) == 0 {
				diags = append(diags, c.s.diagnostics([]types.Error{e}, c.st)...)
			}
			continue
		}
		byDecl[d] = append(byDecl[d], e)
	}
	broken := len(diags) > 0
	for d := range chosen {
		errs := byDecl[d]
		d.pending = ""
		switch {
		case len(errs) == 0:
		case d.cell != c.count:
			d.pending = fmt.Sprintf("%s (cell %d) no longer compiles: %s", d.key(), d.cell, c.s.diagnostics(errs, c.st)[0])
		case broken || !allUndefined(errs):
			for _, e := range errs {
				if !broken || !isUndefined(e) {
					diags = append(diags, c.s.diagnostics([]types.Error{e}, c.st)...)
				}
			}
		default:
			name := strings.TrimPrefix(errs[0].Msg, "undefined: ")
			d.pending = fmt.Sprintf("%s (cell %d) waits for %s, which is not declared yet", d.key(), d.cell, name)
			c.notes = append(c.notes, "note: "+d.pending)
		}
	}
	if len(diags) == 0 {
		diags = c.callsPending()
	}
	slices.Sort(c.notes)
	return sortDiagnostics(diags)
}

// callsPending refuses a cell whose own statements use a function of the same cell that waits: nothing could declare
// the missing name in between.
func (c *cellBuild) callsPending() (diags []lower.Diagnostic) {
	if c.first.body == nil {
		return nil
	}
	ast.Inspect(c.first.body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if f, isFunc := c.first.info.Uses[id].(*types.Func); isFunc && typetext.IsCell(f) {
				if d := c.st.funcs[f.Name()]; d != nil && d.pending != "" && d.fn.Name.Name == f.Name() && f.Type().(*types.Signature).Recv() == nil {
					diags = append(diags, lower.Diagnostic{At: lower.PositionOf(c.s.fset.Position(id.Pos())), Msg: d.pending})
				}
			}
		}
		return true
	})
	if len(diags) > 0 {
		c.notes = nil
	}
	return diags
}

// isUndefined reports whether an error says that a name is not there, which a later cell may declare: not one of a package.
func isUndefined(e types.Error) bool {
	name, ok := strings.CutPrefix(e.Msg, "undefined: ")
	return ok && !strings.Contains(name, ".")
}

func allUndefined(errs []types.Error) bool {
	return !slices.ContainsFunc(errs, func(e types.Error) bool { return !isUndefined(e) })
}

func (c *cellBuild) declAt(e types.Error, chosen map[*decl]bool) *decl {
	for d := range chosen {
		if d.fn.Pos() <= e.Pos && e.Pos <= d.fn.End() {
			return d
		}
	}
	return nil
}

// lower turns the cell into text for the engine, and is the name of the function that runs it.
func (c *cellBuild) lower() (name string, texts []string, diags []lower.Diagnostic) {
	p := c.first
	if c.second != nil {
		p = c.second
	}
	c.lowerTypes(p)
	c.lowerMethods(p)
	for _, v := range c.newVars {
		c.unit.AddVar(v.emitted, v.sig)
	}
	c.lowerFuncs()
	name = c.unit.AddCell(lower.Body{Info: c.first.info, Block: c.first.body, Vars: c.topVars, Result: c.result})
	texts = c.unit.Texts()
	if err := c.unit.Err(); err != nil {
		return "", nil, []lower.Diagnostic{*err}
	}
	return name, texts, nil
}

// lowerTypes declares the types that are new. Generic ones are declared where they are used.
func (c *cellBuild) lowerTypes(p *pass) {
	for _, name := range sortedKeys(c.st.types) {
		d := c.st.types[name]
		old := c.s.st.types[name]
		if d.generic || old != nil && old.emitted == d.emitted {
			continue
		}
		if obj, ok := p.pkg.Scope().Lookup(name).(*types.TypeName); ok {
			c.unit.AddType(d.emitted, obj)
		}
	}
}

// lowerMethods tells the runtime the methods of types that interfaces have held already, where the cell adds some.
func (c *cellBuild) lowerMethods(p *pass) {
	for _, d := range c.recheck {
		if d.recv == "" || d.generic || d.impls > 0 {
			continue
		}
		if obj := p.pkg.Scope().Lookup(d.recv); obj != nil && c.st.types[d.recv] != nil {
			c.unit.AddMethods(p.info, obj.Type())
		}
	}
}

// lowerFuncs gives the functions to the engine: a variable for each, which callers use, and a body, which is bound to it
// when the cell starts.
func (c *cellBuild) lowerFuncs() {
	for _, d := range c.recheck {
		if d.generic {
			d.info = nil
			if d.pending == "" {
				d.info = c.second.info
			}
		}
	}
	for _, d := range c.recheck {
		if d.generic {
			continue
		}
		if d.impls == 0 {
			c.unit.AddVar(d.emitted, d.sig)
		}
		d.impls++
		if d.pending == "" {
			c.unit.AddFunc(d.emitted, d.impls, c.second.info, d.fn)
		} else if f := c.funcObj(c.second, d); f != nil {
			c.unit.AddPending(d.emitted, f.Type().(*types.Signature), d.pending)
		}
	}
}

// silent reports whether the value of a call is not worth showing: what the print functions return, and errors that are
// nil are left out by the session itself.
func (c *cellBuild) silent(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	se, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := c.first.info.Uses[se.Sel].(*types.Func)
	if !ok || f.Pkg() == nil {
		return false
	}
	return f.Pkg().Path() == "fmt" && (strings.HasPrefix(f.Name(), "Print") || strings.HasPrefix(f.Name(), "Fprint"))
}

// commit makes the new state the session's.
func (c *cellBuild) commit() {
	s := c.s
	c.unit.Commit()
	for _, p := range []*pass{c.first, c.second} {
		if p != nil {
			c.keepPackages(p)
		}
	}
	for _, d := range c.st.types {
		if d.cell == c.count {
			d.mentions = mentionsOf(d.spec)
			d.deps = typeDeps(c.first, d.spec)
		}
	}
	for _, d := range c.recheck {
		d.mentions = mentionsOf(d.fn)
	}
	for _, d := range c.own {
		delete(c.st.gone, d.name)
	}
	s.st = c.st
}

// keepPackages gives package names in checked source names that no later declaration can take.
func (c *cellBuild) keepPackages(p *pass) {
	for id, obj := range p.info.Uses {
		if pn, ok := obj.(*types.PkgName); ok && !strings.HasSuffix(id.Name, aliasMark) {
			alias := strings.ReplaceAll(strings.ReplaceAll(pn.Imported().Path(), "/", "ꞏ"), ".", "ꞏ")
			alias = strings.ReplaceAll(alias, "-", "ꞏ") + aliasMark
			c.s.aliasPath[alias] = pn.Imported().Path()
			c.s.aliasName[alias] = id.Name
			id.Name = alias
		}
	}
}

// typeDeps are the session's types and constants that a type declaration refers to.
func typeDeps(p *pass, spec *ast.TypeSpec) []string {
	m := map[string]bool{}
	ast.Inspect(spec, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			switch obj := p.info.Uses[id].(type) {
			case *types.TypeName, *types.Const:
				if typetext.IsCell(obj) && obj.Parent() == p.pkg.Scope() && obj.Name() != spec.Name.Name {
					m[obj.Name()] = true
				}
			}
		}
		return true
	})
	return sortedKeys(m)
}
