package lower

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// goStmt starts a goroutine under guard: the function and its arguments are evaluated now, and a panic in it ends the
// running cell, not the process.
func (l *lowerer) goStmt(st *ast.GoStmt) string {
	start := fmt.Sprintf("%s(%d, ", l.helper("Go"), l.site(st))
	p, ok := l.parts(st.Call)
	if !ok {
		return start + "func() { " + l.expr(st.Call) + " })"
	}
	g := l.temp("go")
	if _, lit := ast.Unparen(st.Call.Fun).(*ast.FuncLit); lit && len(p.args) == 0 && p.tuple == "" {
		return "{\nvar " + g + " func() = func() { " + l.callText(p) + " }\n" + start + g + ")\n}"
	}
	return "{\n" + l.keep(p) + "var " + g + " func() = func() { " + l.callText(p) + " }\n" + start + g + ")\n}"
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
	if p.recv != "" {
		r := hold(p.recv, p.recvType)
		p.fun = r + "." + p.method
		if isIface(p.recvType) {
			b.WriteString(l.checkIface(r))
		}
	}
	if p.tuple != "" {
		var names []string
		for range p.tupleTypes {
			names = append(names, l.temp("g"))
		}
		fmt.Fprintf(&b, "%s := %s\n", strings.Join(names, ", "), p.tuple)
		p.args, p.types, p.tuple = append(p.args, names...), append(p.types, make([]types.Type, len(names))...), ""
		if p.rest != "" {
			p.args, p.types = append(p.args, p.rest), append(p.types, nil)
		}
	}
	for i, a := range p.args {
		if p.types[i] == nil {
			continue
		}
		t := p.types[i]
		p.args[i] = hold(a, t)
		if i == 0 && p.dynamic {
			b.WriteString(l.checkIface(p.args[0]))
		}
	}
	return b.String()
}

// checkIface panics where x, an interface whose method is wanted, is nil.
func (l *lowerer) checkIface(x string) string {
	return "if " + x + " == nil { " + l.helper("NilIface") + "() }\n"
}
