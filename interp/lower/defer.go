package lower

import (
	"go/ast"
	"strings"
)

// The engine's defer evaluates arguments late, shares the variables of loops and locks up when a deferred function is a
// variable. So a function that defers becomes a body, run by the session, that pushes its deferred calls onto a list; results
// have names, and recover asks the list: that of the function around a deferred literal, or the one that runs a deferred call.

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
	b.WriteString("var " + l.defers + " interface{} = " + l.helper("NewDefers") + "()\n")
	b.WriteString("var " + name + " func() = func() {\n" + body.String() + "}\n")
	b.WriteString(l.helper("RunDefers") + "(" + l.defers + ", " + name + ")\n")
	b.WriteString("return " + strings.Join(l.named, ", ") + "\n")
}

// recoverer finds out whose panic a function, about to be lowered, may recover. A literal that is deferred recovers that of
// the function around it. Any other function finds out as it starts whether it is running as a deferred call: entry does.
func (l *lowerer) recoverer(lit *ast.FuncLit, body *ast.BlockStmt) (entry string) {
	switch {
	case lit != nil && lit == l.direct:
		l.recov = l.defers
	case l.recovers(body):
		l.recov = l.temp("rec")
		return "var " + l.recov + " interface{} = " + l.helper("Deferred") + "()\n"
	default:
		l.recov = ""
	}
	return ""
}

// recovers reports whether the function calls recover, not counting function literals inside it.
func (l *lowerer) recovers(body *ast.BlockStmt) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			fun := ast.Unparen(n.Fun)
			found = found || l.info.Types[fun].IsBuiltin() && builtinName(fun) == "recover"
		}
		return !found
	})
	return found
}

// through is the text with which a function of ours that calls a method lets the method recover as if it had been called itself.
// It is empty where no method of that name calls recover.
func (l *lowerer) through(method string) string {
	if l.scope.Recovers(method) {
		return l.helper("Through") + "(); "
	}
	return ""
}

// deferStmt pushes a call, with its function and arguments evaluated now.
func (l *lowerer) deferStmt(st *ast.DeferStmt) string {
	defer func(lit *ast.FuncLit) { l.direct = lit }(l.direct)
	l.direct, _ = ast.Unparen(st.Call.Fun).(*ast.FuncLit)
	p, ok := l.parts(st.Call)
	if !ok {
		if p = l.builtinParts(st.Call); p == nil {
			l.refuse(st, "this call cannot be deferred in a cell: defer a function literal that makes it")
		}
	}
	held := l.keep(p)
	thunk := l.temp("f")
	return "{\n" + held + "var " + thunk + " func() = func() { " + l.callText(p) + " }\n" + l.helper("Defer") + "(" + l.defers + ", " + thunk + ")\n}"
}
