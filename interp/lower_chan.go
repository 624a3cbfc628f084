package interp

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func (l *lowerer) selectStmt(b *strings.Builder, st *ast.SelectStmt, label string) {
	f := &frame{label: label}
	l.push(f)
	var body strings.Builder
	b.WriteString("{\n")
	body.WriteString("select {\n")
	for _, c := range st.Body.List {
		cc := c.(*ast.CommClause)
		after := ""
		switch comm := cc.Comm.(type) {
		case nil:
			body.WriteString("default:\n")
		case *ast.AssignStmt:
			ch := l.heldChannel(b, ast.Unparen(comm.Rhs[0]).(*ast.UnaryExpr).X)
			head, tail := l.receiveClause(comm, "<-"+ch)
			body.WriteString("case " + head + ":\n")
			after = tail
		case *ast.ExprStmt:
			ch := l.heldChannel(b, ast.Unparen(comm.X).(*ast.UnaryExpr).X)
			body.WriteString("case <-" + ch + ":\n")
		case *ast.SendStmt:
			ch, v := l.heldChannel(b, comm.Chan), l.temp("s")
			elem := elemOf(l.subst(l.info.Types[comm.Chan].Type).Underlying())
			fmt.Fprintf(b, "var %s %s = %s\n", v, l.typ(elem), l.as(comm.Value, elem))
			body.WriteString("case " + ch + " <- " + v + ":\n")
		}
		body.WriteString(after)
		l.block(&body, cc.Body)
	}
	l.pop()
	b.WriteString(labelText(f.label) + body.String() + "}\n}")
}

// heldChannel evaluates the channel of a select clause into a variable before the select.
func (l *lowerer) heldChannel(b *strings.Builder, e ast.Expr) string {
	name := l.temp("ch")
	fmt.Fprintf(b, "var %s %s = %s\n", name, l.typ(l.info.Types[e].Type), l.expr(e))
	return name
}

// receiveClause lowers "v, ok := <-c" in a select: into temporaries, then where they belong.
func (l *lowerer) receiveClause(st *ast.AssignStmt, recv string) (head, after string) {
	var temps []string
	for range st.Lhs {
		temps = append(temps, l.temp("c"))
	}
	head = strings.Join(temps, ", ") + " := " + recv
	for i, e := range st.Lhs {
		id, isIdent := e.(*ast.Ident)
		if isIdent && id.Name == "_" {
			after += "_ = " + temps[i] + "\n"
			continue
		}
		if isIdent && st.Tok == token.DEFINE {
			if v, isNew := l.info.Defs[id].(*types.Var); isNew {
				name, top := l.vars[v]
				if !top {
					after += "var " + l.local(v) + " " + l.typ(v.Type()) + " = " + temps[i] + "\n_ = " + l.local(v) + "\n"
					continue
				}
				after += name + " = " + temps[i] + "\n"
				continue
			}
		}
		after += l.expr(e) + " = " + temps[i] + "\n"
	}
	return head, after
}
