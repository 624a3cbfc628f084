package interp

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A frame is a statement that break or continue can mean.
type frame struct {
	label   string
	loop    bool // continue may mean it
	fn      bool // the body has become a function literal
	plain   bool // … one without a result, called in each turn; else it is the yield of a range over a function
	ctl     string
	results []string // where return leaves its values
	exits   []string // what follows the call: the branch for each value of ctl from 3
}

func (l *lowerer) block(b *strings.Builder, list []ast.Stmt) {
	for _, st := range list {
		l.stmt(b, st, "")
	}
}

// stmt lowers one statement. label is its label, if it has one.
func (l *lowerer) stmt(b *strings.Builder, st ast.Stmt, label string) {
	switch st := st.(type) {
	case *ast.EmptyStmt:
		return
	case *ast.LabeledStmt:
		l.labeled(b, st)
		return
	case *ast.DeclStmt:
		l.declStmt(b, st)
		return
	case *ast.BlockStmt:
		b.WriteString("{\n")
		l.block(b, st.List)
		b.WriteString("}\n")
		return
	}
	b.WriteString(l.line(st) + l.mark(st))
	switch st := st.(type) {
	case *ast.ExprStmt:
		b.WriteString(l.expr(st.X))
	case *ast.SendStmt:
		b.WriteString(l.expr(st.Chan) + " <- " + l.as(st.Value, elemOf(l.subst(l.info.Types[st.Chan].Type).Underlying())))
	case *ast.IncDecStmt:
		b.WriteString(l.expr(st.X) + st.Tok.String())
	case *ast.AssignStmt:
		b.WriteString(l.assign(st))
	case *ast.GoStmt:
		b.WriteString(l.goStmt(st))
	case *ast.DeferStmt:
		b.WriteString(l.deferStmt(st))
	case *ast.ReturnStmt:
		l.returnStmt(b, st)
	case *ast.BranchStmt:
		l.branch(b, st)
	case *ast.IfStmt:
		l.ifStmt(b, st)
	case *ast.SwitchStmt:
		l.switchStmt(b, st, label)
	case *ast.TypeSwitchStmt:
		l.typeSwitch(b, st, label)
	case *ast.SelectStmt:
		l.selectStmt(b, st, label)
	case *ast.ForStmt:
		l.forStmt(b, st, label)
	case *ast.RangeStmt:
		l.rangeStmt(b, st, label)
	default:
		l.refuse(st, "%T is not supported in cells", st)
	}
	b.WriteString("\n")
}

func (l *lowerer) labeled(b *strings.Builder, st *ast.LabeledStmt) {
	switch st.Stmt.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		l.stmt(b, st.Stmt, st.Label.Name) // they write the label where it belongs
	default:
		b.WriteString(st.Label.Name + ":\n")
		l.stmt(b, st.Stmt, "")
	}
}

// labelText is "label:" before the statement that the label belongs to.
func labelText(label string) string {
	if label == "" {
		return ""
	}
	return label + ":\n"
}

func (l *lowerer) declStmt(b *strings.Builder, st *ast.DeclStmt) {
	g := st.Decl.(*ast.GenDecl)
	if g.Tok != token.VAR { // constants are folded; local types are declared where they are first used
		return
	}
	for _, spec := range g.Specs {
		vs := spec.(*ast.ValueSpec)
		b.WriteString(l.line(vs) + l.mark(vs))
		l.varSpec(b, vs)
		b.WriteString("\n")
	}
}

// varSpec lowers "var a, b T = x, y" to declarations, or to assignments where a and b are the session's.
func (l *lowerer) varSpec(b *strings.Builder, vs *ast.ValueSpec) {
	var names []string
	var decls strings.Builder
	for i, id := range vs.Names {
		if id.Name == "_" {
			names = append(names, "_")
			continue
		}
		v := l.info.Defs[id].(*types.Var)
		t := l.typ(v.Type())
		name, top := l.vars[v]
		if !top {
			name = l.local(v)
			if len(vs.Values) == len(vs.Names) && len(vs.Names) == 1 {
				fmt.Fprintf(b, "var %s %s = %s\n", name, t, l.as(vs.Values[i], l.subst(v.Type())))
				return
			}
			fmt.Fprintf(&decls, "var %s %s; ", name, t)
		} else if len(vs.Values) == 0 {
			z := l.temp("z")
			fmt.Fprintf(b, "var %s %s; %s = %s; ", z, t, name, z)
		}
		names = append(names, name)
	}
	if len(vs.Values) == 0 {
		b.WriteString(decls.String())
		return
	}
	// the values are lowered before the names are declared: they may mean older objects
	b.WriteString(decls.String())
	right := l.varValues(vs)
	b.WriteString(strings.Join(names, ", ") + " = " + right)
}

// varValues lowers the values of a var declaration.
func (l *lowerer) varValues(vs *ast.ValueSpec) string {
	if len(vs.Values) != len(vs.Names) {
		return l.pair(vs.Values[0], l.expr(vs.Values[0]))
	}
	parts := make([]string, len(vs.Values))
	for i, e := range vs.Values {
		var t types.Type
		if v, ok := l.info.Defs[vs.Names[i]].(*types.Var); ok {
			t = v.Type()
		}
		parts[i] = l.as(e, t)
	}
	return strings.Join(parts, ", ")
}

// pair takes the parentheses off a receive that gives two values: the engine wants it bare.
func (l *lowerer) pair(e ast.Expr, text string) string {
	if _, ok := ast.Unparen(e).(*ast.UnaryExpr); ok {
		for strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
			text = text[1 : len(text)-1]
		}
	}
	return text
}

// assign lowers =, := and op=.
func (l *lowerer) assign(st *ast.AssignStmt) string {
	if op, ok := assignOps[st.Tok]; ok {
		return l.expr(st.Lhs[0]) + " " + op.String() + "= " + l.expr(st.Rhs[0])
	}
	rhs := make([]string, len(st.Rhs)) // first: names on the left may be new
	for i, r := range st.Rhs {
		var t types.Type
		if len(st.Lhs) == len(st.Rhs) {
			t = l.lhsType(st.Lhs[i])
		}
		rhs[i] = l.as(r, t)
	}
	right := strings.Join(rhs, ", ")
	if len(st.Lhs) == 2 && len(st.Rhs) == 1 {
		right = l.pair(st.Rhs[0], right)
	}
	if st.Tok == token.ASSIGN && len(st.Lhs) > 1 && len(st.Rhs) > 1 && l.delicate(st) {
		return l.parallelAssign(st, rhs)
	}
	if st.Tok == token.ASSIGN {
		return strings.Join(l.exprs(st.Lhs), ", ") + " = " + right
	}
	return l.define(st, right)
}

// delicate reports whether a parallel assignment involves what the engine cannot assign in parallel.
func (l *lowerer) delicate(st *ast.AssignStmt) bool {
	for i, e := range st.Lhs {
		t := l.lhsType(e)
		if t == nil {
			continue
		}
		if _, fn := t.Underlying().(*types.Signature); fn || isIface(t) || isUntypedNil(l.info.Types[st.Rhs[i]].Type) {
			return true
		}
	}
	return false
}

func (l *lowerer) parallelAssign(st *ast.AssignStmt, rhs []string) string {
	var names []string
	var ts []types.Type
	var pre strings.Builder
	for _, e := range st.Lhs {
		t := l.lhsType(e)
		if t == nil {
			t = types.NewInterfaceType(nil, nil)
		}
		ts = append(ts, t)
		if ix, ok := ast.Unparen(e).(*ast.IndexExpr); ok && l.info.Types[ix.Index].Value == nil {
			it := l.info.Types[ix.Index].Type
			if m, isMap := l.subst(l.info.Types[ix.X].Type).Underlying().(*types.Map); isMap {
				it = m.Key()
			}
			tmp := l.temp("x")
			pre.WriteString("var " + tmp + " " + l.typ(it) + " = " + l.index(ix) + "; ")
			names = append(names, l.expr(ix.X)+"["+tmp+"]")
			continue
		}
		names = append(names, l.expr(e))
	}
	return pre.String() + l.parallel(names, rhs, ts)
}

func (l *lowerer) lhsType(e ast.Expr) types.Type {
	if id, ok := e.(*ast.Ident); ok {
		if id.Name == "_" {
			return nil
		}
		if obj := l.info.Defs[id]; obj != nil {
			return l.subst(obj.Type())
		}
		if obj := l.info.Uses[id]; obj != nil {
			return l.subst(obj.Type())
		}
	}
	return l.subst(l.info.Types[e].Type)
}

// define lowers :=. Variables of the session are assigned, all others declared, with their types, first.
func (l *lowerer) define(st *ast.AssignStmt, right string) string {
	var names []string
	var decls strings.Builder
	fresh := 0
	for _, e := range st.Lhs {
		id := e.(*ast.Ident)
		v, isNew := l.info.Defs[id].(*types.Var)
		switch {
		case id.Name == "_":
			names = append(names, "_")
		case !isNew:
			names = append(names, l.expr(e))
		default:
			name, top := l.vars[v]
			if !top {
				name = l.local(v)
				fresh++
				fmt.Fprintf(&decls, "var %s %s; ", name, l.typ(v.Type()))
			}
			names = append(names, name)
		}
	}
	if fresh == 1 && len(names) == 1 {
		v := l.info.Defs[st.Lhs[0].(*ast.Ident)].(*types.Var)
		return fmt.Sprintf("var %s %s = %s", names[0], l.typ(v.Type()), right)
	}
	if fresh == len(names) && len(st.Rhs) == 1 {
		return strings.Join(names, ", ") + " := " + right
	}
	return decls.String() + strings.Join(names, ", ") + " = " + right
}

// simple lowers a simple statement in a header; := stays as it is there, since its scope is the header's.
func (l *lowerer) simple(st ast.Stmt) string {
	if st == nil {
		return ""
	}
	defer func(quiet bool) { l.quiet = quiet }(l.quiet)
	l.quiet = true
	var b strings.Builder
	l.stmt(&b, st, "")
	return strings.TrimSuffix(b.String(), "\n")
}

// goStmt starts a goroutine under guard: the function and its arguments are evaluated now, and a panic in it ends the
// running cell, not the process.
func (l *lowerer) goStmt(st *ast.GoStmt) string {
	start := fmt.Sprintf("%s(%d, ", l.s.helper("Go"), l.site(st))
	p, ok := l.parts(st.Call)
	if !ok {
		return start + "func() { " + l.expr(st.Call) + " })"
	}
	g := l.temp("go")
	if _, lit := ast.Unparen(st.Call.Fun).(*ast.FuncLit); lit && len(p.args) == 0 {
		return "{\nvar " + g + " func() = func() { " + p.text() + " }\n" + start + g + ")\n}"
	}
	return "{\n" + l.keep(p) + "var " + g + " func() = func() { " + p.text() + " }\n" + start + g + ")\n}"
}

// keep evaluates the parts of a call into variables, which take their places.
func (l *lowerer) keep(p *parts) string {
	var b strings.Builder
	hold := func(value string, t types.Type) string {
		name := l.temp("g")
		fmt.Fprintf(&b, "var %s %s = %s\n", name, l.typ(t), value)
		return name
	}
	if p.funType != nil {
		p.fun = hold(p.fun, p.funType)
	}
	for i, a := range p.args {
		if p.types[i] == nil {
			continue
		}
		t := p.types[i]
		p.args[i] = hold(a, t)
	}
	return b.String()
}

func (l *lowerer) returnStmt(b *strings.Builder, st *ast.ReturnStmt) {
	vals := make([]string, len(st.Results))
	for i, r := range st.Results {
		var t types.Type
		if l.sig != nil && len(st.Results) == l.sig.Results().Len() {
			t = l.subst(l.sig.Results().At(i).Type())
		}
		vals[i] = l.as(r, t)
	}
	f := l.innermostFn(0)
	if f == nil && l.defers == "" {
		b.WriteString("return " + strings.Join(vals, ", "))
		return
	}
	results := l.named
	if f != nil {
		results = f.results
	}
	if len(vals) > 0 {
		b.WriteString(l.setAll(results, vals, st.Results) + "; ")
	}
	if f == nil {
		b.WriteString("return")
		return
	}
	b.WriteString(f.ctl + " = 2; " + f.stop())
}

// next ends one turn of a loop whose body is a function literal; stop ends the loop.
func (f *frame) next() string {
	if f.plain {
		return "return"
	}
	return "return true"
}

func (f *frame) stop() string {
	if f.plain {
		return "return"
	}
	return "return false"
}

// setAll assigns the values of a return to the variables of the results.
func (l *lowerer) setAll(names, vals []string, exprs []ast.Expr) string {
	if len(vals) != len(names) || len(vals) == 1 {
		return strings.Join(names, ", ") + " = " + strings.Join(vals, ", ")
	}
	var ts []types.Type
	for i := range names {
		ts = append(ts, l.subst(l.sig.Results().At(i).Type()))
	}
	return l.parallel(names, vals, ts)
}

// parallel assigns several values at once, through variables: the engine's own form fails on interfaces and nil.
func (l *lowerer) parallel(names, vals []string, ts []types.Type) string {
	var first, then []string
	for i, v := range vals {
		if names[i] == "_" {
			then = append(then, "_ = "+v)
			continue
		}
		tmp := l.temp("m")
		first = append(first, "var "+tmp+" "+l.typ(ts[i])+" = "+v)
		then = append(then, names[i]+" = "+tmp)
	}
	return strings.Join(append(first, then...), "; ")
}

// innermostFn is the innermost frame from index from on whose body is a function literal.
func (l *lowerer) innermostFn(from int) *frame {
	for i := len(l.frames) - 1; i >= from; i-- {
		if l.frames[i].fn {
			return l.frames[i]
		}
	}
	return nil
}

func (l *lowerer) branch(b *strings.Builder, st *ast.BranchStmt) {
	if st.Tok == token.FALLTHROUGH {
		b.WriteString("fallthrough")
		return
	}
	if st.Tok == token.GOTO {
		if l.innermostFn(0) != nil {
			l.refuse(st, "goto inside a loop over a function is not supported in cells")
		}
		b.WriteString("goto " + st.Label.Name)
		return
	}
	label := ""
	if st.Label != nil {
		label = st.Label.Name
	}
	l.jump(b, st, st.Tok, label)
}

// jump writes break or continue, also where a function literal stands between the statement and its loop.
func (l *lowerer) jump(b *strings.Builder, n ast.Node, tok token.Token, label string) {
	i := len(l.frames) - 1
	for ; i >= 0; i-- {
		f := l.frames[i]
		if label == "" && (f.loop || tok == token.BREAK) || label != "" && f.label == label {
			break
		}
	}
	if i < 0 {
		b.WriteString(strings.TrimSpace(tok.String() + " " + label)) // a labelled block
		return
	}
	target := l.frames[i]
	inner := l.innermostFn(i)
	switch {
	case inner == nil:
		b.WriteString(strings.TrimSpace(tok.String() + " " + label))
	case inner == target && tok == token.CONTINUE:
		b.WriteString(inner.next())
	case inner == target:
		b.WriteString(inner.ctl + " = 1; " + inner.stop())
	default:
		if target.label == "" {
			target.label = l.temp("L")
		}
		exit := tok.String() + " " + target.label
		k := -1
		for j, e := range inner.exits {
			if e == exit {
				k = j
			}
		}
		if k < 0 {
			inner.exits = append(inner.exits, exit)
			k = len(inner.exits) - 1
		}
		fmt.Fprintf(b, "%s = %d; %s", inner.ctl, 3+k, inner.stop())
	}
}

func (l *lowerer) push(f *frame) { l.frames = append(l.frames, f) }
func (l *lowerer) pop()          { l.frames = l.frames[:len(l.frames)-1] }

func (l *lowerer) ifStmt(b *strings.Builder, st *ast.IfStmt) {
	if st.Init != nil {
		b.WriteString("{\n" + l.simple(st.Init) + "\n")
	}
	b.WriteString("if " + l.expr(st.Cond) + " {\n")
	l.block(b, st.Body.List)
	b.WriteString("}")
	if st.Else != nil {
		b.WriteString(" else {\n")
		l.stmt(b, st.Else, "")
		b.WriteString("}")
	}
	if st.Init != nil {
		b.WriteString("\n}")
	}
}

func (l *lowerer) switchStmt(b *strings.Builder, st *ast.SwitchStmt, label string) {
	b.WriteString("{\n" + l.simple(st.Init) + "\n")
	f := &frame{label: label}
	var body strings.Builder
	l.push(f)
	body.WriteString("switch ")
	if st.Tag != nil && isIface(l.subst(l.info.Types[st.Tag].Type)) {
		l.ifaceSwitch(b, st, f)
		l.pop()
		return
	}
	if st.Tag != nil {
		t := l.info.Types[st.Tag].Type
		tag := l.temp("tag")
		b.WriteString("var " + tag + " " + l.typ(t) + " = " + l.expr(st.Tag) + "\n")
		body.WriteString(tag)
	}
	body.WriteString(" {\n")
	for _, c := range st.Body.List {
		cc := c.(*ast.CaseClause)
		if cc.List == nil {
			body.WriteString("default:\n")
		} else {
			body.WriteString("case " + strings.Join(l.exprs(cc.List), ", ") + ":\n")
		}
		l.block(&body, cc.Body)
	}
	l.pop()
	b.WriteString(labelText(f.label) + body.String() + "}\n}")
}

// ifaceSwitch lowers a switch on an interface value to one over conditions.
func (l *lowerer) ifaceSwitch(b *strings.Builder, st *ast.SwitchStmt, f *frame) {
	tag := l.temp("tag")
	fmt.Fprintf(b, "var %s interface{} = %s\n", tag, l.toAny(st.Tag))
	var body strings.Builder
	for _, c := range st.Body.List {
		cc := c.(*ast.CaseClause)
		var conds []string
		for _, e := range cc.List {
			if isUntypedNil(l.info.Types[e].Type) {
				conds = append(conds, tag+" == nil")
			} else {
				conds = append(conds, l.s.helper("Eq")+"("+tag+", "+l.toAny(e)+")")
			}
		}
		if cc.List == nil {
			body.WriteString("default:\n")
		} else {
			body.WriteString("case " + strings.Join(conds, " || ") + ":\n")
		}
		l.block(&body, cc.Body)
	}
	b.WriteString(labelText(f.label) + "switch {\n" + body.String() + "}\n}")
}

func (l *lowerer) selectStmt(b *strings.Builder, st *ast.SelectStmt, label string) {
	f := &frame{label: label}
	l.push(f)
	var body strings.Builder
	b.WriteString("{\n")
	body.WriteString("select {\n")
	for _, c := range st.Body.List {
		cc := c.(*ast.CommClause)
		after := ""
		switch comm := cc.Comm.(type) {
		case nil:
			body.WriteString("default:\n")
		case *ast.AssignStmt:
			ch := l.heldChannel(b, ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr).X)
			head, tail := l.receiveClause(comm, "<-"+ch)
			body.WriteString("case " + head + ":\n")
			after = tail
		case *ast.ExprStmt:
			ch := l.heldChannel(b, ast.Unparen(comm.X).(*ast.UnaryExpr).X)
			body.WriteString("case <-" + ch + ":\n")
		case *ast.SendStmt:
			ch, v := l.heldChannel(b, comm.Chan), l.temp("s")
			elem := elemOf(l.subst(l.info.Types[comm.Chan].Type).Underlying())
			fmt.Fprintf(b, "var %s %s = %s\n", v, l.typ(elem), l.as(comm.Value, elem))
			body.WriteString("case " + ch + " <- " + v + ":\n")
		}
		body.WriteString(after)
		l.block(&body, cc.Body)
	}
	l.pop()
	b.WriteString(labelText(f.label) + body.String() + "}\n}")
}

// heldChannel evaluates the channel of a select clause into a variable before the select.
func (l *lowerer) heldChannel(b *strings.Builder, e ast.Expr) string {
	name := l.temp("ch")
	fmt.Fprintf(b, "var %s %s = %s\n", name, l.typ(l.info.Types[e].Type), l.expr(e))
	return name
}

// receiveClause lowers "v, ok := <-c" in a select: into temporaries, then where they belong.
func (l *lowerer) receiveClause(st *ast.AssignStmt, recv string) (head, after string) {
	var temps []string
	for range st.Lhs {
		temps = append(temps, l.temp("c"))
	}
	head = strings.Join(temps, ", ") + " := " + recv
	for i, e := range st.Lhs {
		id, isIdent := e.(*ast.Ident)
		if isIdent && id.Name == "_" {
			after += "_ = " + temps[i] + "\n"
			continue
		}
		if isIdent && st.Tok == token.DEFINE {
			if v, isNew := l.info.Defs[id].(*types.Var); isNew {
				name, top := l.vars[v]
				if !top {
					after += "var " + l.local(v) + " " + l.typ(v.Type()) + " = " + temps[i] + "\n_ = " + l.local(v) + "\n"
					continue
				}
				after += name + " = " + temps[i] + "\n"
				continue
			}
		}
		after += l.expr(e) + " = " + temps[i] + "\n"
	}
	return head, after
}
