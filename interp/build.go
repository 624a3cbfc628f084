package interp

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
)

// debugLowering adds the lowered text to errors of the engine.
var debugLowering = os.Getenv("ATHANOR_DEBUG") != ""

// debugText prints the lowered text of each cell.
var debugText = os.Getenv("ATHANOR_DEBUG") == "text"

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
	for name, d := range c.st.types {
		if c.changed[name] || d.emitted == "" {
			n := *d
			n.emitted = c.s.version(name)
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
func (c *cellBuild) newVariables() (faults []fault) {
	c.topVars = map[*types.Var]string{}
	c.out = &output{s: c.s, st: c.st, local: map[string]string{}, binding: map[*typeInfo]bool{}}
	l := c.out.newLowerer(c.first.info)
	for v := range c.first.top {
		if v.Name() == "_" {
			continue
		}
		sig := ""
		c.out.guard(func() { sig = l.typ(v.Type()) })
		if c.out.err != nil {
			f := *c.out.err
			f.at = placeOf(c.s.fset.Position(v.Pos()))
			return []fault{f}
		}
		n := &variable{name: v.Name(), typ: c.s.ref(v.Type()), sig: sig, cell: c.count}
		if old := c.st.vars[v.Name()]; old != nil && old.sig == sig {
			n.emitted = old.emitted
		} else {
			n.emitted = c.s.version(v.Name())
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
	l := c.out.newLowerer(c.first.info)
	for _, d := range c.ownFuncs() {
		sig := ""
		if obj := c.funcObj(c.first, d); obj != nil && !d.generic {
			c.out.guard(func() { sig = l.funcType(obj.Type().(*types.Signature)) })
		}
		if d.emitted == "" || d.sig != sig || d.generic {
			d.emitted, d.sig, d.impls = c.s.version(strings.ReplaceAll(d.key(), ".", "ꞏ")), sig, 0
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
				c.out.guard(func() { sig = l.funcType(obj.Type().(*types.Signature)) })
			}
			if d.generic || sig != d.sig {
				d.emitted, d.sig, d.impls = c.s.version(strings.ReplaceAll(d.key(), ".", "ꞏ")), sig, 0
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

// funcType writes the type of a function for the engine; a receiver is the first parameter.
func (l *lowerer) funcType(sig *types.Signature) string {
	text := l.writer().signature(sig)
	if sig.Recv() != nil {
		text = "(" + l.typ(sig.Recv().Type()) + ", " + strings.TrimPrefix(text, "(")
	}
	return "func" + text
}

// checkBodies checks the functions that need it. A function of this cell whose only fault is a name that is not there
// waits for it; one of an earlier cell that no longer fits is put aside.
func (c *cellBuild) checkBodies(faults []fault) []fault {
	own := c.ownFuncs()
	if len(faults) == 0 && len(c.recheck) == 0 {
		return nil
	}
	chosen := map[*decl]bool{}
	for _, d := range append(slices.Clone(c.recheck), own...) {
		chosen[d] = true
	}
	p := plan{st: c.st, bodies: func(d *decl) bool { return chosen[d] }}
	if len(faults) > 0 {
		p.decls, p.skip = c.consts, c.skip
	}
	c.second = c.s.check(p)
	byDecl := map[*decl][]types.Error{}
	for _, e := range c.second.errs {
		d := c.declAt(e, chosen)
		if d == nil {
			if len(faults) == 0 {
				faults = append(faults, c.s.faults([]types.Error{e}, c.st)...)
			}
			continue
		}
		byDecl[d] = append(byDecl[d], e)
	}
	broken := len(faults) > 0
	for d := range chosen {
		errs := byDecl[d]
		d.pending = ""
		switch {
		case len(errs) == 0:
		case d.cell != c.count:
			d.pending = fmt.Sprintf("%s (cell %d) no longer compiles: %s", d.key(), d.cell, c.s.faults(errs, c.st)[0])
		case broken || !allUndefined(errs):
			for _, e := range errs {
				if !broken || !isUndefined(e) {
					faults = append(faults, c.s.faults([]types.Error{e}, c.st)...)
				}
			}
		default:
			name := strings.TrimPrefix(errs[0].Msg, "undefined: ")
			d.pending = fmt.Sprintf("%s (cell %d) waits for %s, which is not declared yet", d.key(), d.cell, name)
			c.notes = append(c.notes, "note: "+d.pending)
		}
	}
	if len(faults) == 0 {
		faults = c.callsPending()
	}
	slices.Sort(c.notes)
	return sortFaults(faults)
}

// callsPending refuses a cell whose own statements use a function of the same cell that waits: nothing could declare
// the missing name in between.
func (c *cellBuild) callsPending() (faults []fault) {
	if c.first.body == nil {
		return nil
	}
	ast.Inspect(c.first.body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if f, isFunc := c.first.info.Uses[id].(*types.Func); isFunc && isCell(f) {
				if d := c.st.funcs[f.Name()]; d != nil && d.pending != "" && d.fn.Name.Name == f.Name() && f.Type().(*types.Signature).Recv() == nil {
					faults = append(faults, fault{placeOf(c.s.fset.Position(id.Pos())), d.pending})
				}
			}
		}
		return true
	})
	if len(faults) > 0 {
		c.notes = nil
	}
	return faults
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

// lower turns the cell into text for the engine.
func (c *cellBuild) lower() (name string, texts []string, faults []fault) {
	o := c.out
	types2 := c.first
	if c.second != nil {
		types2 = c.second
	}
	o.guard(func() {
		c.lowerTypes(types2)
		for _, v := range c.newVars {
			fmt.Fprintf(&o.text, "var %s %s\n", v.emitted, v.sig)
		}
		c.lowerFuncs()
		name = c.lowerStatements()
		if layouts := o.layouts(); layouts != "" {
			texts = []string{o.types.String(), layouts, o.text.String()}
		} else {
			texts = []string{o.types.String() + o.text.String()}
		}
	})
	if o.err != nil {
		return "", nil, []fault{*o.err}
	}
	return name, texts, nil
}

// lowerTypes declares the types that are new, with their methods, and methods that are new.
func (c *cellBuild) lowerTypes(p *pass) {
	l := c.out.newLowerer(p.info)
	for _, name := range sortedKeys(c.st.types) {
		d := c.st.types[name]
		old := c.s.st.types[name]
		fresh := old == nil || old.emitted != d.emitted
		if d.generic {
			continue
		}
		if fresh {
			obj, ok := p.pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || obj.IsAlias() && !isNamedCell(obj.Type()) {
				if ok {
					fmt.Fprintf(&c.out.types, "type %s = %s\n", d.emitted, l.typ(obj.Type()))
				}
				continue
			}
			if obj.IsAlias() {
				continue
			}
			if n, ok := obj.Type().(*types.Named); ok {
				l.refuseEndless(n)
			}
			l.declareType(d.emitted, name, obj.Type().Underlying())
		}
	}
	c.rebind(p, l)
}

// rebind tells the session the methods of types that interfaces have held already, where the cell adds some.
func (c *cellBuild) rebind(p *pass, l *lowerer) {
	for _, d := range c.recheck {
		if d.recv == "" || d.generic || d.impls > 0 {
			continue
		}
		obj := p.pkg.Scope().Lookup(d.recv)
		t := c.st.types[d.recv]
		if obj == nil || t == nil {
			continue
		}
		for _, typ := range []types.Type{obj.Type(), types.NewPointer(obj.Type())} {
			if info := c.s.typeIDs[l.typeKey(typ)]; info != nil {
				info.bound = false
				l.bindMethods(info, typ)
			}
		}
	}
}

func isNamedCell(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && isCell(n.Obj())
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
			fmt.Fprintf(&c.out.text, "var %s %s\n", d.emitted, d.sig)
		}
		d.impls++
		impl := fmt.Sprintf("%sꞏi%d", d.emitted, d.impls)
		l := c.out.newLowerer(c.second.info)
		if d.pending != "" {
			c.lowerPending(l, d)
			continue
		}
		c.s.funcPlaces[impl] = placeOf(c.s.fset.Position(d.fn.Pos()))
		c.out.text.WriteString(l.function(impl, d.fn))
		c.out.setup = append(c.out.setup, d.emitted+" = "+impl)
	}
}

// lowerPending binds a function that cannot be called yet.
func (c *cellBuild) lowerPending(l *lowerer, d *decl) {
	f := c.funcObj(c.second, d)
	if f == nil {
		return
	}
	sig := f.Type().(*types.Signature)
	var ps []string
	if sig.Recv() != nil {
		ps = append(ps, "_ "+l.typ(sig.Recv().Type()))
	}
	for i := range sig.Params().Len() {
		ps = append(ps, "_ "+l.writer().paramType(sig, i))
	}
	c.out.setup = append(c.out.setup, fmt.Sprintf("%s = func(%s)%s { %s(%q); panic(0) }",
		d.emitted, strings.Join(ps, ", "), l.writer().results(sig.Results()), c.s.helper("Pending"), d.pending))
}

// lowerStatements makes the function that runs the cell; its name is empty when there is nothing to run.
func (c *cellBuild) lowerStatements() string {
	if c.first.body == nil && len(c.out.setup) == 0 && len(c.out.bindings) == 0 {
		return ""
	}
	name := c.s.version("cell")
	l := c.out.newLowerer(c.first.info)
	l.vars, l.fn = c.topVars, name
	c.s.cellFuncs[name] = true
	var b strings.Builder
	if c.first.body != nil {
		list := c.first.body.List
		if c.result != nil {
			list = list[:len(list)-1]
		}
		l.gotos = gotoLabels(c.first.body)
		deferring := hasDefer(c.first.body)
		if deferring {
			l.defers = l.temp("d")
		}
		l.block(&b, list)
		if c.result != nil {
			b.WriteString(l.line(c.result) + l.mark(c.result))
			c.lowerResult(&b, l)
		}
		if deferring {
			text := b.String()
			b.Reset()
			fmt.Fprintf(&b, "var %s interface{} = %s()\nvar bodyꞏ func() = func() {\n%s}\n%s(%s, bodyꞏ)\n", l.defers, c.s.helper("NewDefers"), text, c.s.helper("RunDefers"), l.defers)
		}
	}
	setup := append(c.out.bindings, c.out.setup...)
	call := ""
	if len(setup) > 0 {
		fmt.Fprintf(&c.out.text, "func setupꞏ%s() {\n%s\n}\n", name, strings.Join(setup, "\n"))
		call = "setupꞏ" + name + "()\n"
	}
	fmt.Fprintf(&c.out.text, "func %s() {\n%s%s}\n", name, call, b.String())
	return name
}

// lowerResult hands the value of the last expression, or its values, to the session.
func (c *cellBuild) lowerResult(b *strings.Builder, l *lowerer) {
	t := l.info.Types[c.result].Type
	tuple, ok := t.(*types.Tuple)
	if !ok {
		fmt.Fprintf(b, "%s(%s)\n", c.s.helper("Result"), l.shown(c.result, t))
		return
	}
	var names []string
	for range tuple.Len() {
		names = append(names, l.temp("r"))
	}
	fmt.Fprintf(b, "%s := %s\n%s(%s)\n", strings.Join(names, ", "), l.expr(c.result), c.s.helper("Results"), strings.Join(names, ", "))
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

// shown lowers e for display.
func (l *lowerer) shown(e ast.Expr, t types.Type) string {
	return l.as(e, types.NewInterfaceType(nil, nil))
}

// commit makes the new state the session's.
func (c *cellBuild) commit() {
	s := c.s
	maps.Copy(s.instances, c.out.local)
	for info := range c.out.binding {
		info.bound = true
	}
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
				if isCell(obj) && obj.Parent() == p.pkg.Scope() && obj.Name() != spec.Name.Name {
					m[obj.Name()] = true
				}
			}
		}
		return true
	})
	return sortedKeys(m)
}
