package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// The engine makes the variables of a loop once; Go makes them anew for each iteration. The difference shows when a function
// literal keeps a variable or its address is taken, so only such loops are rewritten.

// forStmt lowers "for init; cond; post".
func (l *lowerer) forStmt(b *strings.Builder, st *ast.ForStmt, label string) {
	f := &frame{label: label, loop: true}
	vars := l.loopVars(st)
	if vars == nil {
		b.WriteString("{\n" + l.simple(st.Init) + "\n")
		cond, post := "", ""
		if st.Cond != nil {
			cond = l.expr(st.Cond)
		}
		if st.Post != nil {
			post = l.inline(st.Post)
		}
		before, body := l.iteration(f, st, st.Body, "")
		if strings.Contains(post, "; ") {
			l.loopWithPost(b, before, labelText(f.label), cond, post, body)
			return
		}
		b.WriteString(before + labelText(f.label) + "for ; " + cond + "; " + post + " {\n" + body + "}\n}")
		return
	}
	l.perIteration(b, st, f, vars)
}

// loopWithPost writes a loop whose post statement has become several: they stand at the start of each iteration but the first.
func (l *lowerer) loopWithPost(b *strings.Builder, before, label, cond, post, body string) {
	first := l.temp("first")
	if cond != "" {
		cond = "if !(" + cond + ") { break }\n"
	}
	fmt.Fprintf(b, "%svar %s bool = true\n%sfor {\nif %s { %s = false } else { %s }\n%s%s}\n}", before, first, label, first, first, post, cond, body)
}

// inline lowers a simple statement without its line directive: the header of a loop is one line.
func (l *lowerer) inline(st ast.Stmt) string {
	switch st := st.(type) {
	case *ast.AssignStmt:
		return l.assign(st)
	case *ast.IncDecStmt:
		return l.expr(st.X) + st.Tok.String()
	case *ast.ExprStmt:
		return l.expr(st.X)
	}
	return l.simple(st)
}

func (l *lowerer) loopBody(f *frame, body *ast.BlockStmt) string {
	var b strings.Builder
	l.push(f)
	l.block(&b, body.List)
	l.pop()
	return b.String()
}

// iteration lowers the body of a loop, after the text of prologue. A body that makes function literals becomes one itself, called
// in each iteration: what the literals share is then the iteration's own. before stands in front of the loop.
func (l *lowerer) iteration(f *frame, st ast.Stmt, body *ast.BlockStmt, prologue string) (before, text string) {
	if !f.plain && !hasFuncLit(body) && !l.slicesArray(body) {
		return "", l.checkStop() + prologue + l.loopBody(f, body)
	}
	f.fn, f.plain = true, true
	if f.ctl == "" {
		f.ctl = l.temp("ctl")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "var %s int\n", f.ctl)
	l.holdResults(&b, f)
	inner := l.loopBody(f, body)
	var out strings.Builder
	fmt.Fprintf(&out, "%s%s = 0\nfunc() {\n%s%s}()\n", l.checkStop(), f.ctl, prologue, inner)
	if strings.Contains(out.String(), f.ctl+" = 1;") {
		fmt.Fprintf(&out, "if %s == 1 { break }\n", f.ctl)
	}
	l.afterRange(&out, st, f)
	return b.String(), out.String()
}

// hasFuncLit reports whether a body makes function literals, or starts goroutines or defers, which become some.
func hasFuncLit(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			found = true
		}
		return !found
	})
	return found
}

// slicesArray reports whether a body slices an array, which keeps the array: the engine makes one for all iterations.
func (l *lowerer) slicesArray(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if se, ok := n.(*ast.SliceExpr); ok {
			_, array := l.subst(l.info.Types[se.X].Type).Underlying().(*types.Array)
			found = found || array
		}
		return !found
	})
	return found
}

// holdResults gives f the variables in which a return inside its body leaves the results.
func (l *lowerer) holdResults(b *strings.Builder, f *frame) {
	f.results = l.named
	if f.results == nil && l.sig != nil {
		for r := range l.sig.Results().Variables() {
			name := l.temp("r")
			fmt.Fprintf(b, "var %s %s\n", name, l.typ(r.Type()))
			f.results = append(f.results, name)
		}
	}
}

// perIteration lowers a loop whose variables are new in each iteration: each iteration starts with a copy of what the last one left.
func (l *lowerer) perIteration(b *strings.Builder, st *ast.ForStmt, f *frame, vars []*types.Var) {
	b.WriteString("{\n")
	var decls, take, keep strings.Builder
	first := l.temp("first")
	init := strings.Builder{}
	as := st.Init.(*ast.AssignStmt)
	right := strings.Join(l.exprs(as.Rhs), ", ")
	var starts []string
	for _, v := range vars {
		name, t := l.local(v), l.typ(v.Type())
		start, last := l.temp("s"), l.temp("p")
		starts = append(starts, start)
		fmt.Fprintf(&decls, "var %s %s\nvar %s *%s\n", start, t, last, t)
		fmt.Fprintf(&take, "var %s %s\nif %s { %s = %s } else { %s = *%s }\n", name, t, first, name, start, name, last)
		fmt.Fprintf(&keep, "%s = &%s\n", last, name)
	}
	fmt.Fprintf(&init, "%s%s = %s\n", l.line(as), strings.Join(starts, ", "), right)
	b.WriteString(decls.String() + init.String())
	post, cond := "", ""
	if st.Post != nil {
		post = "if !" + first + " { " + l.inline(st.Post) + " }\n"
	}
	if st.Cond != nil {
		f.ctl = l.temp("ctl")
		cond = l.line(st.Cond) + "if !(" + l.expr(st.Cond) + ") { " + f.ctl + " = 1; return }\n"
	}
	f.plain = true // loops with closures always have their body in a function
	before, body := l.iteration(f, st, st.Body, take.String()+post+keep.String()+cond)
	b.WriteString("var " + first + " bool = true\n" + before)
	b.WriteString(labelText(f.label) + "for ; ; " + first + " = false {\n" + body + "}\n}")
}

// loopVars are the variables of a three-clause loop if they must be new in each iteration, else nil.
func (l *lowerer) loopVars(st *ast.ForStmt) (vars []*types.Var) {
	as, ok := st.Init.(*ast.AssignStmt)
	if !ok || as.Tok != token.DEFINE {
		return nil
	}
	kept := false
	for _, e := range as.Lhs {
		id, isIdent := e.(*ast.Ident)
		if !isIdent || id.Name == "_" {
			return nil
		}
		v, isVar := l.info.Defs[id].(*types.Var)
		if !isVar {
			return nil
		}
		vars = append(vars, v)
		kept = kept || l.escapes(v, st)
	}
	if !kept {
		return nil
	}
	return vars
}

// escapes reports whether a function literal in n mentions v, or its address may be taken there.
func (l *lowerer) escapes(v *types.Var, n ast.Node) bool {
	found := false
	inLit := 0
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			inLit++
			ast.Inspect(n.Body, visit)
			inLit--
			return false
		case *ast.RangeStmt:
			if t, ok := l.info.Types[n.X]; ok {
				if _, fn := l.subst(t.Type).Underlying().(*types.Signature); fn {
					inLit++
					ast.Inspect(n.Body, visit)
					inLit--
				}
			}
		case *ast.Ident:
			if inLit > 0 && l.info.Uses[n] == v {
				found = true
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND && l.root(n.X) == v {
				found = true
			}
		case *ast.SliceExpr:
			if l.root(n.X) == v {
				found = true
			}
		case *ast.SelectorExpr:
			if sel := l.info.Selections[n]; sel != nil && sel.Kind() == types.MethodVal && l.root(n.X) == v {
				found = true
			}
		}
		return true
	}
	ast.Inspect(n, visit)
	return found
}

// root is the variable that an operand is a part of.
func (l *lowerer) root(e ast.Expr) types.Object {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return l.info.Uses[x]
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// rangeStmt lowers a range loop by what it ranges over.
func (l *lowerer) rangeStmt(b *strings.Builder, st *ast.RangeStmt, label string) {
	t := l.subst(l.info.Types[st.X].Type)
	switch u := coreType(t).(type) {
	case *types.Basic:
		if u.Info()&types.IsInteger != 0 {
			l.rangeInt(b, st, label)
			return
		}
	case *types.Signature:
		l.rangeFunc(b, st, label, u)
		return
	case *types.Chan:
		l.rangeChan(b, st, label, u)
		return
	}
	l.rangeOver(b, st, label)
}

func coreType(t types.Type) types.Type { return t.Underlying() }

// target is where a range loop leaves a key or value of type have: how the engine's loop names it, and what to do first in
// the body.
func (l *lowerer) target(e ast.Expr, tok token.Token, have types.Type) (name, prologue string) {
	if e == nil {
		return "_", ""
	}
	if id, ok := e.(*ast.Ident); ok && id.Name == "_" {
		return "_", ""
	}
	tmp := l.temp("k")
	return tmp, l.deliver(e, tok, tmp, have)
}

// deliverBoth assigns key and value to places that are there already: what stands in the second is evaluated before the first
// changes. It is empty where that makes no difference.
//
// A range over a function is not meant: there the compiler assigns one after the other.
func (l *lowerer) deliverBoth(st *ast.RangeStmt, k, v string, kt, vt types.Type) string {
	if st.Tok != token.ASSIGN || k == "_" || v == "_" {
		return ""
	}
	if _, plain := ast.Unparen(st.Value).(*ast.Ident); plain {
		return ""
	}
	lhs := []ast.Expr{st.Key, st.Value}
	left := l.targets(lhs, true)
	names := left.names
	return left.calls + left.rest + "\n" + names[0] + " = " + l.convert(k, kt, l.lhsType(st.Key)) + "\n" + names[1] + " = " + l.convert(v, vt, l.lhsType(st.Value)) + "\n"
}

// rangeTypes are the types of the keys and values of a range over t.
func rangeTypes(t types.Type) (key, value types.Type) {
	switch u := t.Underlying().(type) {
	case *types.Map:
		return u.Key(), u.Elem()
	case *types.Basic:
		return types.Typ[types.Int], types.Typ[types.Rune]
	case *types.Pointer:
		return types.Typ[types.Int], elemOf(u.Elem().Underlying())
	}
	return types.Typ[types.Int], elemOf(t.Underlying())
}

// rangeOver lowers ranges over slices, arrays, strings and maps.
func (l *lowerer) rangeOver(b *strings.Builder, st *ast.RangeStmt, label string) {
	t := l.subst(l.info.Types[st.X].Type)
	f := &frame{label: label, loop: true}
	kt, vt := rangeTypes(t)
	k, kset := l.target(st.Key, st.Tok, kt)
	v, vset := l.target(st.Value, st.Tok, vt)
	if both := l.deliverBoth(st, k, v, kt, vt); both != "" {
		kset, vset = "", both
	}
	x := l.temp("x")
	src := "var " + x + " " + l.typ(types.Default(t)) + " = " + l.expr(st.X) + "\n"
	switch u := t.Underlying().(type) {
	case *types.Array: // without a value it is not looked at
		if v == "_" && !l.evaluates(st.X) {
			src = fmt.Sprintf("var %s [%d]struct{}\n", x, u.Len())
		}
	case *types.Pointer: // to an array; without a value it may be nil
		if v == "_" {
			src += fmt.Sprintf("_ = %s\nvar %sr [%d]struct{}\n", x, x, u.Elem().Underlying().(*types.Array).Len())
			x += "r"
		} else {
			x += "[:]"
		}
	case *types.Basic: // the engine counts wrong after bytes that are no UTF-8
		src += fmt.Sprintf("var %sr []rune = []rune(%s)\n", x, x)
		if k != "_" {
			at := l.temp("at")
			src += fmt.Sprintf("var %so []int = %s(string(%s))\n", x, l.helper("Offsets"), x)
			kset = "var " + k + " int = " + x + "o[" + at + "]\n" + kset
			k = at
		}
		x += "r"
	}
	if _, isChan := vt.Underlying().(*types.Chan); isChan && v != "_" { // the engine would receive from them
		if k == "_" {
			k = l.temp("k")
		}
		vset = "var " + v + " " + l.typ(vt) + " = " + x + "[" + k + "]\n" + vset
		v = "_"
	}
	head := "for _ = range " + x
	switch {
	case v != "_":
		head = "for " + k + ", " + v + " := range " + x
	case k != "_":
		head = "for " + k + " := range " + x
	}
	before, body := l.iteration(f, st, st.Body, kset+vset)
	b.WriteString("{\n" + src + before + labelText(f.label) + head + " {\n" + body + "}\n}")
}

// evaluates reports whether an array operand of len or range has a call or a receive in it; Go does not evaluate others.
func (l *lowerer) evaluates(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		case *ast.CallExpr:
			found = found || !l.info.Types[ast.Unparen(n.Fun)].IsType() && l.info.Types[n].Value == nil
		}
		return !found
	})
	return found
}

// rangeInt lowers "for i := range n" to a loop with a hidden counter.
func (l *lowerer) rangeInt(b *strings.Builder, st *ast.RangeStmt, label string) {
	t := l.info.Types[st.X].Type
	if st.Key != nil {
		if kt := l.lhsType(st.Key); kt != nil && !isIface(kt) {
			t = kt
		}
	}
	typ := l.typ(types.Default(t))
	n, i := l.temp("n"), l.temp("i")
	x := l.expr(st.X)
	f := &frame{label: label, loop: true}
	set := ""
	if id, ok := st.Key.(*ast.Ident); ok && id.Name != "_" {
		if v, isNew := l.info.Defs[id].(*types.Var); isNew && st.Tok == token.DEFINE {
			if l.escapes(v, st.Body) || l.assigned(v, st.Body) {
				set = fmt.Sprintf("var %s %s = %s\n", l.local(v), typ, i)
			} else {
				i = l.local(v)
			}
		} else {
			set = l.deliver(st.Key, st.Tok, i, t)
		}
	} else if st.Key != nil && !ok {
		set = l.deliver(st.Key, st.Tok, i, t)
	}
	before, body := l.iteration(f, st, st.Body, set)
	fmt.Fprintf(b, "{\nvar %s %s = %s(%s)\nvar %s %s\n%s%sfor %s = %s(0); %s < %s; %s++ {\n%s}\n}", n, typ, typ, x, i, typ, before, labelText(f.label), i, typ, i, n, i, body)
}

// assigned reports whether v may be changed in n.
func (l *lowerer) assigned(v *types.Var, n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if l.root(e) == v {
					found = true
				}
			}
		case *ast.IncDecStmt:
			if l.root(n.X) == v {
				found = true
			}
		case *ast.RangeStmt:
			if n.Key != nil && l.root(n.Key) == v || n.Value != nil && l.root(n.Value) == v {
				found = true
			}
		}
		return true
	})
	return found
}

// rangeFunc lowers a range over a function: the body becomes the function's yield. A variable says how the body ended,
// and what follows the call does the break, continue or return that was meant.
func (l *lowerer) rangeFunc(b *strings.Builder, st *ast.RangeStmt, label string, sig *types.Signature) {
	yield := sig.Params().At(0).Type().Underlying().(*types.Signature)
	x := l.expr(st.X)
	f := &frame{label: label, loop: true, fn: true, ctl: l.temp("ctl")}
	fmt.Fprintf(b, "{\nvar %s int\n", f.ctl)
	l.holdResults(b, f)
	var ps []string
	var set strings.Builder
	for i, e := range []ast.Expr{st.Key, st.Value} {
		if i >= yield.Params().Len() {
			break
		}
		name, s := l.target(e, st.Tok, l.subst(yield.Params().At(i).Type()))
		ps = append(ps, name+" "+l.typ(l.subst(yield.Params().At(i).Type())))
		set.WriteString(s)
	}
	body := l.checkStop() + l.loopBody(f, st.Body)
	done := l.temp("done")
	fault := l.helper("RangeFault")
	fmt.Fprintf(b, "var %s int\n", done)
	fmt.Fprintf(b, "%s(%s)(func(%s) bool {\nif %s != 0 { %s(%s) }\n%s = 1\n%svar %s_ func() bool = func() bool {\n%sreturn true\n}\nif !%s_() { %s = 2; return false }\n%s = 0\nreturn true\n})\n",
		l.line(st), x, strings.Join(ps, ", "), done, fault, done, done, set.String(), f.ctl, body, f.ctl, done, done)
	fmt.Fprintf(b, "if %s == 1 { %s(4) }\n%s = 3\n", done, fault, done)
	l.afterRange(b, st, f)
	b.WriteString("}")
}

// afterRange writes what happens after the call of a range function, by how its body ended.
func (l *lowerer) afterRange(b *strings.Builder, st ast.Stmt, f *frame) {
	if strings.Contains(b.String(), f.ctl+" = 2;") {
		outer := l.innermostFn(0)
		if outer == nil {
			results := strings.Join(f.results, ", ")
			if l.defers != "" {
				results = ""
			}
			fmt.Fprintf(b, "if %s == 2 { return %s }\n", f.ctl, results)
		} else {
			var set strings.Builder
			if len(f.results) > 0 && l.named == nil {
				for i, r := range f.results {
					set.WriteString(outer.results[i] + " = " + r + "; ")
				}
			}
			fmt.Fprintf(b, "if %s == 2 { %s%s = 2; %s }\n", f.ctl, set.String(), outer.ctl, outer.stop())
		}
	}
	for i, exit := range f.exits {
		tok, label, _ := strings.Cut(exit, " ")
		fmt.Fprintf(b, "if %s == %d { ", f.ctl, 3+i)
		l.jump(b, st, map[string]token.Token{"break": token.BREAK, "continue": token.CONTINUE}[tok], label)
		b.WriteString(" }\n")
	}
}
