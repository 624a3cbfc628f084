package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// switchStmt lowers a switch. The engine compares with constants only; cases with other values become conditions.
func (l *lowerer) switchStmt(b *strings.Builder, st *ast.SwitchStmt, label string) {
	b.WriteString("{\n" + l.simple(st.Init) + "\n")
	f := &frame{label: label}
	var body strings.Builder
	l.push(f)
	cond := func(e ast.Expr) string {
		if isIface(l.subst(l.info.Types[e].Type)) {
			return l.helper("Eq") + "(true, " + l.toAny(e) + ")"
		}
		return l.expr(e)
	}
	head := "switch {\n"
	switch {
	case st.Tag == nil:
	case l.comparesIface(st):
		tag := l.temp("tag")
		fmt.Fprintf(b, "var %s interface{} = %s\n", tag, l.toAny(st.Tag))
		cond = func(e ast.Expr) string {
			if isUntypedNil(l.info.Types[e].Type) {
				return tag + " == nil"
			}
			return l.helper("Eq") + "(" + tag + ", " + l.toAny(e) + ")"
		}
	default:
		tag := l.temp("tag")
		fmt.Fprintf(b, "var %s %s = %s\n", tag, l.typ(types.Default(l.info.Types[st.Tag].Type)), l.expr(st.Tag))
		if l.constantCases(st) {
			head = "switch " + tag + " {\n"
		} else {
			cond = func(e ast.Expr) string { return tag + " == " + l.expr(e) }
		}
	}
	sep := " || "
	if head != "switch {\n" {
		sep = ", "
	}
	inline := defaultInside(st)
	for n, c := range st.Body.List {
		cc := c.(*ast.CaseClause)
		if cc.List == nil {
			body.WriteString("default:\n")
		} else {
			conds := make([]string, len(cc.List))
			for i, e := range cc.List {
				if conds[i] = cond(e); len(cc.List) > 1 {
					conds[i] = l.apart(e, conds[i], "bool")
				}
			}
			body.WriteString("case " + strings.Join(conds, sep) + ":\n")
		}
		l.clause(&body, st.Body.List[n:], inline)
	}
	l.pop()
	b.WriteString(labelText(f.label) + head + body.String() + "}\n}")
}

// comparesIface reports whether the tag of a switch or one of its cases is an interface.
func (l *lowerer) comparesIface(st *ast.SwitchStmt) bool {
	return isIface(l.subst(l.info.Types[st.Tag].Type)) || l.anyCase(st, func(e ast.Expr) bool { return isIface(l.subst(l.info.Types[e].Type)) })
}

// constantCases reports whether all cases of a switch are constants.
func (l *lowerer) constantCases(st *ast.SwitchStmt) bool {
	return !l.anyCase(st, func(e ast.Expr) bool { return l.info.Types[e].Value == nil })
}

func (l *lowerer) anyCase(st *ast.SwitchStmt, is func(ast.Expr) bool) bool {
	for _, c := range st.Body.List {
		if slices.ContainsFunc(c.(*ast.CaseClause).List, is) {
			return true
		}
	}
	return false
}

// defaultInside reports whether the default clause of a switch is not its last. The engine puts it last, and falls through
// to the wrong clause then.
func defaultInside(st *ast.SwitchStmt) bool {
	return slices.ContainsFunc(st.Body.List[:max(len(st.Body.List)-1, 0)], func(c ast.Stmt) bool { return c.(*ast.CaseClause).List == nil })
}

// relabel gives the labels of statements that may be written twice names of their own, until undo is called.
func (l *lowerer) relabel(list []ast.Stmt) (undo func()) {
	saved := l.labels
	l.labels = maps.Clone(saved)
	if l.labels == nil {
		l.labels = map[string]string{}
	}
	for _, st := range list {
		ast.Inspect(st, func(n ast.Node) bool {
			if ls, ok := n.(*ast.LabeledStmt); ok {
				l.labels[ls.Label.Name] = l.temp(ls.Label.Name)
			}
			return true
		})
	}
	return func() { l.labels = saved }
}

// clause lowers the body of the first of some clauses; with inline, what it falls through to follows at once.
func (l *lowerer) clause(b *strings.Builder, clauses []ast.Stmt, inline bool) {
	body := clauses[0].(*ast.CaseClause).Body
	if inline {
		defer l.relabel(body)()
	}
	if n := len(body); inline && n > 0 {
		if isFallthrough(body[n-1]) {
			l.clauseBlock(b, body[:n-1])
			l.clause(b, clauses[1:], inline)
			return
		}
	}
	if n := len(body); n > 0 && isFallthrough(body[n-1]) {
		l.clauseBlock(b, body[:n-1])
		b.WriteString("fallthrough\n")
		return
	}
	l.clauseBlock(b, body)
}

func isFallthrough(st ast.Stmt) bool {
	br, ok := st.(*ast.BranchStmt)
	return ok && br.Tok == token.FALLTHROUGH
}

// clauseBlock lowers the statements of a clause. The engine does not find labels there unless they stand in a block.
func (l *lowerer) clauseBlock(b *strings.Builder, list []ast.Stmt) {
	if !slices.ContainsFunc(list, func(st ast.Stmt) bool { _, ok := st.(*ast.LabeledStmt); return ok }) {
		l.block(b, list)
		return
	}
	b.WriteString("{\n")
	l.block(b, list)
	b.WriteString("}\n")
}
