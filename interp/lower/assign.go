package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

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
	if len(vs.Values) > 1 {
		b.WriteString(decls.String() + l.eachValue(vs, names))
		return
	}
	// the values are lowered before the names are declared: they may mean older objects
	b.WriteString(decls.String())
	right := l.varValues(vs)
	b.WriteString(strings.Join(names, ", ") + " = " + right)
}

// eachValue evaluates the values of a var declaration one after the other, then assigns them.
func (l *lowerer) eachValue(vs *ast.ValueSpec, names []string) string {
	vals := make([]string, len(vs.Values))
	ts := make([]types.Type, len(vs.Values))
	for i, e := range vs.Values {
		v, ok := l.info.Defs[vs.Names[i]].(*types.Var)
		if ok {
			ts[i] = l.subst(v.Type())
		} else {
			ts[i] = types.Default(l.subst(l.info.Types[e].Type))
		}
		vals[i] = l.as(e, ts[i])
	}
	return l.parallel(targets{names: names}, vals, vs.Values, ts)
}

// varValues lowers the values of a var declaration.
func (l *lowerer) varValues(vs *ast.ValueSpec) string {
	if len(vs.Values) != len(vs.Names) {
		want := make([]types.Type, len(vs.Names))
		for i, id := range vs.Names {
			want[i] = l.lhsType(id)
		}
		return l.spread(vs.Values[0], want)
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

// assign lowers =, := and op=.
func (l *lowerer) assign(st *ast.AssignStmt) string {
	if op, ok := assignOps[st.Tok]; ok {
		return l.assignOp(st, op)
	}
	rhs := l.rightSide(st) // first: names on the left may be new
	right := strings.Join(rhs, ", ")
	if len(st.Lhs) > len(st.Rhs) {
		switch {
		case st.Tok == token.ASSIGN:
			return l.assignSeveral(st, right)
		case !l.allNew(st):
			return l.declareNew(st) + l.assignSeveral(st, right)
		}
	}
	if len(st.Rhs) > 1 && st.Tok == token.DEFINE && l.allNew(st) {
		return l.defineEach(st, rhs)
	}
	if len(st.Lhs) > 1 && len(st.Rhs) > 1 && l.delicate(st) {
		decls := ""
		if st.Tok == token.DEFINE {
			decls = l.declareNew(st)
		}
		return decls + l.parallelAssign(st, rhs)
	}
	if len(st.Lhs) == 1 && isBlank(st.Lhs[0]) && !l.isPlain(st.Rhs[0]) { // the engine may write over a result
		tmp := l.temp("m")
		return fmt.Sprintf("var %s %s = %s; _ = %s", tmp, l.typ(types.Default(l.subst(l.info.Types[st.Rhs[0]].Type))), right, tmp)
	}
	if len(st.Rhs) == 1 && st.Tok == token.ASSIGN && l.isMapElem(st.Lhs[0]) {
		right = l.loadedAs(st.Rhs[0], l.lhsType(st.Lhs[0])) // the engine would delete the element
	}
	if len(st.Rhs) == 1 && st.Tok == token.ASSIGN && (l.isStructLit(st.Rhs[0]) || l.isInnerCall(st.Rhs[0])) {
		tmp := l.temp("m")
		t := l.targets(st.Lhs, false)
		return fmt.Sprintf("%svar %s %s = %s; %s = %s", t.calls, tmp, l.typ(l.subst(l.lhsType(st.Lhs[0]))), right, t.names[0], tmp)
	}
	if st.Tok == token.ASSIGN {
		return strings.Join(l.exprs(st.Lhs), ", ") + " = " + right
	}
	return l.define(st, right)
}

// assignOp lowers x op= y.
func (l *lowerer) assignOp(st *ast.AssignStmt, op token.Token) string {
	x, y := st.Lhs[0], st.Rhs[0]
	right := ""
	switch {
	case op == token.SHL || op == token.SHR:
		right = l.shiftCount(y)
	case isString(l.subst(l.info.Types[x].Type)):
		right = l.loaded(y, l.expr(y))
	default:
		right = l.expr(y)
	}
	if _, plain := ast.Unparen(x).(*ast.Ident); plain || !hasAnyCall(y) {
		return l.expr(x) + " " + op.String() + "= " + right
	}
	t := l.targets([]ast.Expr{x}, false)
	tmp := l.temp("m")
	typ := types.Default(l.subst(l.info.Types[y].Type))
	if op == token.SHL || op == token.SHR {
		typ = types.Typ[types.Uint]
	}
	return fmt.Sprintf("%svar %s %s = %s; %s %s= %s", t.calls, tmp, l.typ(typ), right, t.names[0], op, tmp)
}

// isMapElem reports whether e is an element of a map.
func (l *lowerer) isMapElem(e ast.Expr) bool {
	ix, ok := ast.Unparen(e).(*ast.IndexExpr)
	if !ok {
		return false
	}
	_, ok = l.subst(l.info.Types[ix.X].Type).Underlying().(*types.Map)
	return ok
}

// isStructLit reports whether e is the literal of a struct, which the engine loses when it is assigned to a variable of a
// function around the literal it stands in.
func (l *lowerer) isStructLit(e ast.Expr) bool {
	lit, ok := ast.Unparen(e).(*ast.CompositeLit)
	if !ok {
		return false
	}
	_, ok = l.subst(l.info.Types[lit].Type).Underlying().(*types.Struct)
	return ok
}

// isInnerCall reports whether e calls a function of the engine, which writes its result before it returns.
func (l *lowerer) isInnerCall(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	fun := ast.Unparen(call.Fun)
	tv := l.info.Types[fun]
	return !tv.IsType() && !tv.IsBuiltin() && l.calleePackage(fun) == ""
}

// rightSide lowers what an assignment assigns.
func (l *lowerer) rightSide(st *ast.AssignStmt) []string {
	want := make([]types.Type, len(st.Lhs))
	for i, e := range st.Lhs {
		want[i] = l.lhsType(e)
	}
	if len(st.Lhs) != len(st.Rhs) {
		return []string{l.spread(st.Rhs[0], want)}
	}
	rhs := make([]string, len(st.Rhs))
	for i, r := range st.Rhs {
		rhs[i] = l.as(r, want[i])
	}
	return rhs
}

// hasAnyCall reports whether e has a call in it, a conversion, or a builtin.
func hasAnyCall(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		_, call := n.(*ast.CallExpr)
		found = found || call
		return !found
	})
	return found
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// allNew reports whether a := declares all of its variables, in this function.
func (l *lowerer) allNew(st *ast.AssignStmt) bool {
	return !slices.ContainsFunc(st.Lhs, func(e ast.Expr) bool {
		id := e.(*ast.Ident)
		v, isNew := l.info.Defs[id].(*types.Var)
		_, top := l.vars[v]
		return id.Name != "_" && (!isNew || top)
	})
}

// defineEach declares one variable after the other: no value can mention any of them.
func (l *lowerer) defineEach(st *ast.AssignStmt, rhs []string) string {
	var parts []string
	for i, e := range st.Lhs {
		id := e.(*ast.Ident)
		if v, isNew := l.info.Defs[id].(*types.Var); isNew && id.Name != "_" {
			parts = append(parts, "var "+l.local(v)+" "+l.typ(v.Type())+" = "+rhs[i])
		} else {
			parts = append(parts, "_ = "+rhs[i])
		}
	}
	return strings.Join(parts, "; ")
}

// delicate reports whether a parallel assignment involves what the engine cannot assign in parallel.
func (l *lowerer) delicate(st *ast.AssignStmt) bool {
	for _, e := range append(slices.Clone(st.Lhs), st.Rhs...) {
		if isBlank(e) || hasAnyCall(e) {
			return true
		}
	}
	if slices.ContainsFunc(st.Lhs, l.isMapElem) {
		return true
	}
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
	var ts []types.Type
	for i, e := range st.Lhs {
		t := l.lhsType(e)
		if t == nil {
			if t = types.Default(l.subst(l.info.Types[st.Rhs[i]].Type)); isUntypedNil(t) {
				t = types.NewInterfaceType(nil, nil)
			}
		}
		ts = append(ts, t)
	}
	left := l.targets(st.Lhs, true)
	return l.parallel(left, rhs, st.Rhs, ts)
}

// targets is the left side of an assignment. Go evaluates the operands of its indexes and pointers before it assigns anything,
// and the compiler calls all functions, of both sides, before it looks at variables.
type targets struct {
	calls string   // evaluates the operands that have calls in them
	rest  string   // evaluates the others
	names []string // what is assigned to, made of what has been evaluated
}

// targets lowers the left side of an assignment. Operands without calls are evaluated before the assignment only if hold is set.
func (l *lowerer) targets(lhs []ast.Expr, hold bool) (t targets) {
	operand := func(e ast.Expr, text string, typ types.Type) string {
		calls := hasAnyCall(e)
		if !calls && !hold {
			return text
		}
		tmp := l.temp("x")
		decl := "var " + tmp + " " + l.typ(typ) + " = " + text + "; "
		if calls {
			t.calls += decl
		} else {
			t.rest += decl
		}
		return tmp
	}
	for _, e := range lhs {
		t.names = append(t.names, l.targetName(e, operand))
	}
	return t
}

// targetName lowers one place that is assigned to; operand may evaluate a part of it.
func (l *lowerer) targetName(e ast.Expr, operand func(e ast.Expr, text string, t types.Type) string) string {
	switch x := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		t := l.subst(l.info.Types[x.X].Type)
		base, index := l.expr(x.X), l.index(x)
		it := l.subst(types.Default(l.info.Types[x.Index].Type))
		if m, isMap := t.Underlying().(*types.Map); isMap {
			it = m.Key()
		}
		if _, isArray := t.Underlying().(*types.Array); isArray {
			base = l.targetName(x.X, operand)
		} else {
			base = operand(x.X, base, t)
		}
		if l.info.Types[x.Index].Value == nil {
			index = operand(x.Index, index, it)
		}
		return base + "[" + index + "]"
	case *ast.StarExpr:
		return "*" + operand(x.X, l.expr(x.X), l.subst(l.info.Types[x.X].Type))
	case *ast.SelectorExpr:
		sel := l.info.Selections[x]
		t := l.info.Types[x.X].Type
		if sel == nil || t == nil {
			return l.expr(e)
		}
		if t = l.subst(t); !isPointer(t) {
			return l.path(l.targetName(x.X, operand), t, sel.Index())
		}
		return l.path(operand(x.X, l.expr(x.X), t), t, sel.Index())
	}
	return l.expr(e)
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// assignSeveral assigns the values of one expression. The engine loses some where the places are not all variables, and lets
// a function write to them before it returns.
func (l *lowerer) assignSeveral(st *ast.AssignStmt, right string) string {
	left := l.targets(st.Lhs, len(st.Lhs) > 1)
	var temps, then []string
	for i, name := range left.names {
		if name == "_" && i > 0 { // the engine wants a new name in :=
			temps = append(temps, "_")
			continue
		}
		tmp := l.temp("m")
		temps, then = append(temps, tmp), append(then, name+" = "+tmp)
	}
	return left.calls + strings.Join(temps, ", ") + " := " + right + "; " + left.rest + strings.Join(then, "; ")
}

// declareNew declares the variables that a := makes, without values.
func (l *lowerer) declareNew(st *ast.AssignStmt) string {
	var decls strings.Builder
	for _, e := range st.Lhs {
		if v, isNew := l.info.Defs[e.(*ast.Ident)].(*types.Var); isNew && v.Name() != "_" {
			if _, top := l.vars[v]; !top {
				fmt.Fprintf(&decls, "var %s %s; ", l.local(v), l.typ(v.Type()))
			}
		}
	}
	return decls.String()
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

// setAll assigns the values of a return to the variables of the results.
func (l *lowerer) setAll(names, vals []string, exprs []ast.Expr) string {
	if len(vals) != len(names) || len(vals) == 1 {
		return strings.Join(names, ", ") + " = " + strings.Join(vals, ", ")
	}
	var ts []types.Type
	for i := range names {
		ts = append(ts, l.subst(l.sig.Results().At(i).Type()))
	}
	return l.parallel(targets{names: names}, vals, exprs, ts)
}

// parallel assigns several values at once, through variables: the engine's own form fails on interfaces and nil. Those with calls
// are evaluated first.
func (l *lowerer) parallel(left targets, vals []string, exprs []ast.Expr, ts []types.Type) string {
	calls, rest, then := left.calls, left.rest, []string{}
	for i, v := range vals {
		tmp := l.temp("m")
		decl := "var " + tmp + " " + l.typ(ts[i]) + " = " + v + "; "
		if name := left.names[i]; name != "_" {
			then = append(then, name+" = "+tmp)
		} else {
			decl += "_ = " + tmp + "; "
		}
		if hasAnyCall(exprs[i]) {
			calls += decl
		} else {
			rest += decl
		}
	}
	return calls + rest + strings.Join(then, "; ")
}
