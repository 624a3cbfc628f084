package interp

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

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
