package interp

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
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
