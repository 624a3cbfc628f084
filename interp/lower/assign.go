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
	return l.parallel(names, vals, ts)
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
		right := ""
		if op == token.SHL || op == token.SHR {
			right = l.shiftCount(st.Rhs[0])
		} else {
			right = l.expr(st.Rhs[0])
		}
		return l.expr(st.Lhs[0]) + " " + op.String() + "= " + right
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
	if len(st.Rhs) == 1 && st.Tok == token.ASSIGN && (l.isStructLit(st.Rhs[0]) || l.isInnerCall(st.Rhs[0])) {
		tmp := l.temp("m")
		pre, names := l.heldTargets(st.Lhs)
		return fmt.Sprintf("%svar %s %s = %s; %s = %s", pre, tmp, l.typ(l.subst(l.lhsType(st.Lhs[0]))), right, names[0], tmp)
	}
	if st.Tok == token.ASSIGN {
		return strings.Join(l.exprs(st.Lhs), ", ") + " = " + right
	}
	return l.define(st, right)
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
	pre, names := l.heldTargets(st.Lhs)
	return pre + l.parallel(names, rhs, ts)
}

// heldTargets lowers the left side of an assignment: pre evaluates the operands that must be evaluated before anything is
// assigned.
func (l *lowerer) heldTargets(lhs []ast.Expr) (pre string, names []string) {
	hold := func(text string, t types.Type) string {
		tmp := l.temp("x")
		pre += "var " + tmp + " " + l.typ(t) + " = " + text + "; "
		return tmp
	}
	for _, e := range lhs {
		switch x := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			t := l.subst(l.info.Types[x.X].Type)
			base, index := l.expr(x.X), l.index(x)
			if m, isMap := t.Underlying().(*types.Map); isMap {
				base, index = hold(base, t), hold(index, m.Key())
			} else {
				if _, isArray := t.Underlying().(*types.Array); !isArray {
					base = hold(base, t)
				}
				if l.info.Types[x.Index].Value == nil {
					index = hold(index, l.subst(l.info.Types[x.Index].Type))
				}
			}
			names = append(names, base+"["+index+"]")
		case *ast.StarExpr:
			names = append(names, "*"+hold(l.expr(x.X), l.subst(l.info.Types[x.X].Type)))
		case *ast.SelectorExpr:
			names = append(names, l.heldField(x, hold))
		default:
			names = append(names, l.expr(e))
		}
	}
	return pre, names
}

// heldField lowers x.f on the left side of an assignment, with x held where it is a pointer.
func (l *lowerer) heldField(e *ast.SelectorExpr, hold func(string, types.Type) string) string {
	sel := l.info.Selections[e]
	t := l.info.Types[e.X].Type
	if sel == nil || t == nil {
		return l.expr(e)
	}
	if t = l.subst(t); !isPointer(t) {
		return l.expr(e)
	}
	return l.path(hold(l.expr(e.X), t), t, sel.Index())
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// assignSeveral assigns the values of one expression. The engine loses some where the places are not all variables, and lets
// a function write to them before it returns.
func (l *lowerer) assignSeveral(st *ast.AssignStmt, right string) string {
	pre, names := l.heldTargets(st.Lhs)
	var temps, then []string
	for i, name := range names {
		tmp := "_"
		if name != "_" {
			tmp = l.temp("m")
			then = append(then, names[i]+" = "+tmp)
		}
		temps = append(temps, tmp)
	}
	return pre + strings.Join(temps, ", ") + " := " + right + "; " + strings.Join(then, "; ")
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
	return l.parallel(names, vals, ts)
}

// parallel assigns several values at once, through variables: the engine's own form fails on interfaces and nil.
func (l *lowerer) parallel(names, vals []string, ts []types.Type) string {
	var first, then []string
	for i, v := range vals {
		tmp := l.temp("m")
		if names[i] == "_" {
			first = append(first, "var "+tmp+" "+l.typ(ts[i])+" = "+v+"; _ = "+tmp)
			continue
		}
		first = append(first, "var "+tmp+" "+l.typ(ts[i])+" = "+v)
		then = append(then, names[i]+" = "+tmp)
	}
	return strings.Join(append(first, then...), "; ")
}
