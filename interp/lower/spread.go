package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// An expression with several values (a call, or a form with ", ok") may feed places of other types, interfaces above all.
// The values then pass through a function that converts each of them.

// spread lowers e for places of the types want, one for each value; a nil type takes what comes.
func (l *lowerer) spread(e ast.Expr, want []types.Type) string {
	have := l.tupleTypes(e)
	differs := false
	for i, t := range want {
		differs = differs || i < len(have) && l.differs(have[i], t)
	}
	if !differs {
		return l.several(e)
	}
	text := l.several(e)
	if ix, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
		text = l.lookup(ix)
	}
	return l.spreader(have, want) + "(" + text + ")"
}

// tupleTypes are the types of the values of e.
func (l *lowerer) tupleTypes(e ast.Expr) []types.Type {
	tuple, ok := l.info.Types[e].Type.(*types.Tuple)
	if !ok {
		return nil
	}
	var ts []types.Type
	for v := range tuple.Variables() {
		ts = append(ts, l.subst(v.Type()))
	}
	if isCommaOk(e) {
		ts[1] = types.Typ[types.Bool]
	}
	return ts
}

// differs reports whether a value of type have has to be converted for a place of type want.
func (l *lowerer) differs(have, want types.Type) bool {
	if want == nil || types.Identical(have, l.subst(want)) {
		return false
	}
	return isIface(l.subst(want)) || l.typ(have) != l.typ(want)
}

// convert lowers the implicit conversion of x from type have to type want.
func (l *lowerer) convert(x string, have, want types.Type) string {
	switch {
	case want == nil || !l.differs(have, want):
		return x
	case isIface(l.subst(want)):
		return l.toIface(x, have, l.subst(want))
	}
	return l.converted(l.subst(want), x)
}

// several lowers an expression that gives several values, without converting any.
func (l *lowerer) several(e ast.Expr) string {
	switch x := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.ARROW {
			return l.receive(x.X, true)
		}
	case *ast.IndexExpr:
		if isTuple(l.info.Types[e].Type) {
			return l.expr(x)
		}
	}
	return l.expr(ast.Unparen(e))
}

// lookup lowers "v, ok = m[k]" to a call.
func (l *lowerer) lookup(e *ast.IndexExpr) string {
	t := l.subst(l.info.Types[e.X].Type)
	m := t.Underlying().(*types.Map)
	text := l.typ(t)
	name, isNew := l.instance("lookup "+text, "lookup")
	if isNew {
		elem := l.typ(m.Elem())
		fmt.Fprintf(&l.text, "func %s(m %s, k %s) (%s, bool) { v, ok := m[k]; return v, ok }\n", name, text, l.typ(m.Key()), elem)
	}
	return name + "(" + l.expr(e.X) + ", " + l.index(e) + ")"
}

// spreader is the engine's function that converts values of the types have to the types want.
func (l *lowerer) spreader(have, want []types.Type) string {
	var ps, rs, vs []string
	var key strings.Builder
	key.WriteString("spread")
	for i, t := range have {
		x := fmt.Sprintf("aꞏ%d", i)
		w := t
		if i < len(want) && want[i] != nil {
			w = l.subst(want[i])
		}
		ps, rs, vs = append(ps, x+" "+l.typ(t)), append(rs, l.typ(w)), append(vs, l.convert(x, t, w))
		key.WriteString(" " + l.typeKey(t) + "→" + l.typeKey(w))
	}
	name, isNew := l.instance(key.String(), "spread")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(%s) (%s) { return %s }\n", name, strings.Join(ps, ", "), strings.Join(rs, ", "), strings.Join(vs, ", "))
	}
	return name
}

// spreadArgs takes apart "f(g())" where g gives several values.
func (l *lowerer) spreadArgs(p *parts, e ast.Expr, sig *types.Signature) {
	have := l.tupleTypes(e)
	n := sig.Params().Len()
	var want []types.Type
	for i := range have {
		t := types.Type(nil)
		if sig.Variadic() && i >= n-1 {
			t = elemOf(sig.Params().At(n - 1).Type().Underlying())
		} else {
			t = sig.Params().At(i).Type()
		}
		want = append(want, l.subst(t))
	}
	p.tuple, p.tupleTypes, p.results = l.spread(e, want), want, sig.Results()
	if sig.Variadic() && len(have) == n-1 {
		p.rest = l.nilOf(l.subst(sig.Params().At(n - 1).Type()))
	}
}

// spreadText is the call of p with the values of its tuple as the last arguments. What stands before them is evaluated first.
func (l *lowerer) spreadText(p *parts) string {
	fun, args, typ := p.fun, slices.Clone(p.args), l.writer().Results(p.results)
	var outer, held []string
	hold := func(text string, t types.Type) string {
		name := fmt.Sprintf("hꞏ%d", len(held))
		outer, held = append(outer, name+" "+l.typ(t)), append(held, text)
		return name
	}
	if p.funType != nil {
		fun = hold(fun, l.subst(p.funType))
	}
	for i, a := range args {
		if p.types[i] != nil {
			args[i] = hold(a, p.types[i])
		}
	}
	var ps []string
	for i, t := range p.tupleTypes {
		a := fmt.Sprintf("aꞏ%d", i)
		ps, args = append(ps, a+" "+l.typ(t)), append(args, a)
	}
	ret := ""
	if p.results.Len() > 0 {
		ret = "return "
	}
	if p.rest != "" {
		args = append(args, p.rest+"...")
	}
	text := "func(" + strings.Join(ps, ", ") + ")" + typ + " { " + ret + fun + "(" + strings.Join(args, ", ") + ") }(" + p.tuple + ")"
	if len(held) == 0 {
		return text
	}
	return "func(" + strings.Join(outer, ", ") + ")" + typ + " { " + ret + text + " }(" + strings.Join(held, ", ") + ")"
}
