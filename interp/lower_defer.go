package interp

import (
	"go/ast"
	"strings"
)

// The engine's defer evaluates arguments late, shares the variables of loops and locks up when a deferred function is a
// variable. So a function that defers becomes a body, run by the session, that pushes its deferred calls onto a list; results
// have names, and recover asks the list.

// hasDefer reports whether the function defers, not counting function literals inside it.
func hasDefer(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = true
		}
		return !found
	})
	return found
}

// withDefers writes the body of a function that defers.
func (l *lowerer) withDefers(b *strings.Builder, list []ast.Stmt) {
	var body strings.Builder
	fn := l.fn
	l.fn += ".func"
	l.block(&body, list)
	l.fn = fn
	name := l.temp("body")
	b.WriteString("var " + l.defers + " interface{} = " + l.s.helper("NewDefers") + "()\n")
	b.WriteString("var " + name + " func() = func() {\n" + body.String() + "}\n")
	b.WriteString(l.s.helper("RunDefers") + "(" + l.defers + ", " + name + ")\n")
	b.WriteString("return " + strings.Join(l.named, ", ") + "\n")
}

// deferStmt pushes a call, with its function and arguments evaluated now.
func (l *lowerer) deferStmt(st *ast.DeferStmt) string {
	p, ok := l.parts(st.Call)
	if !ok {
		if p = l.builtinParts(st.Call); p == nil {
			l.refuse(st, "this call cannot be deferred in a cell: defer a function literal that makes it")
		}
	}
	held := l.keep(p)
	thunk := l.temp("f")
	return "{\n" + held + "var " + thunk + " func() = func() { " + l.callText(p) + " }\n" + l.s.helper("Defer") + "(" + l.defers + ", " + thunk + ")\n}"
}
