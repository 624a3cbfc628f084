package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// Channel operations become calls of functions of ours (blocking.go), which a cell that is told to stop leaves.

// channel is the type of a channel operand, and of its elements.
func (l *lowerer) channel(e ast.Expr) (types.Type, types.Type) {
	t := l.subst(l.info.Types[e].Type)
	return t, elemOf(t.Underlying())
}

// receive lowers <-ch, with a bool when ok is set.
func (l *lowerer) receive(ch ast.Expr, ok bool) string {
	t, elem := l.channel(ch)
	return l.receiver2(t, elem, ok) + "(" + l.expr(ch) + ")"
}

func (l *lowerer) receiver2(t, elem types.Type, ok bool) string {
	text := l.typ(t)
	name, isNew := l.instance(fmt.Sprintf("recv %t %s", ok, text), "recv")
	if !isNew {
		return name
	}
	e, recv := l.typ(elem), l.helper("Recv")
	if ok {
		fmt.Fprintf(&l.text, "func %s(c %s) (%s, bool) { var v %s; ok := %s(&v, c); return v, ok }\n", name, text, e, e, recv)
	} else {
		fmt.Fprintf(&l.text, "func %s(c %s) %s { var v %s; %s(&v, c); return v }\n", name, text, e, e, recv)
	}
	return name
}

// send lowers ch <- v.
func (l *lowerer) send(st *ast.SendStmt) string {
	t, elem := l.channel(st.Chan)
	text := l.typ(t)
	name, isNew := l.instance("send "+text, "send")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(c %s, v %s) { %s(c, &v) }\n", name, text, l.typ(elem), l.helper("Send"))
	}
	return name + "(" + l.expr(st.Chan) + ", " + l.as(st.Value, elem) + ")"
}

// rangeChan lowers a range over a channel.
func (l *lowerer) rangeChan(b *strings.Builder, st *ast.RangeStmt, label string, t *types.Chan) {
	f := &frame{label: label, loop: true}
	c, ok := l.temp("c"), l.temp("ok")
	k, set := l.target(st.Key, st.Tok, l.subst(t.Elem()))
	ct := l.subst(l.info.Types[st.X].Type)
	v := l.temp("v")
	if k != "_" {
		set = "var " + k + " " + l.typ(t.Elem()) + " = " + v + "\n" + set
	} else {
		set = "_ = " + v + "\n"
	}
	before, body := l.iteration(f, st, st.Body, set)
	fmt.Fprintf(b, "{\nvar %s %s = %s\n%s%sfor {\n%s%s, %s := %s(%s)\nif !%s { break }\n%s}\n}",
		c, l.typ(ct), l.expr(st.X), before, labelText(f.label), l.line(st), v, ok, l.receiver2(ct, t.Elem(), true), c, ok, body)
}

// selectStmt lowers select to a switch on what the session has chosen.
func (l *lowerer) selectStmt(b *strings.Builder, st *ast.SelectStmt, label string) {
	if len(st.Body.List) == 0 {
		b.WriteString(l.helper("Select") + "()")
		return
	}
	f := &frame{label: label}
	l.push(f)
	var body strings.Builder
	var args []string
	b.WriteString("{\n")
	for i, c := range st.Body.List {
		cc := c.(*ast.CommClause)
		after := ""
		switch comm := cc.Comm.(type) {
		case nil:
			args = append(args, "2, nil, nil, nil")
		case *ast.AssignStmt:
			arg, tail := l.receiveClause(b, comm)
			args, after = append(args, arg), tail
		case *ast.ExprStmt:
			ch, _ := l.heldChannel(b, ast.Unparen(comm.X).(*ast.UnaryExpr).X)
			args = append(args, "1, "+ch+", nil, nil")
		case *ast.SendStmt:
			ch, elem := l.heldChannel(b, comm.Chan)
			v := l.temp("s")
			fmt.Fprintf(b, "var %s %s = %s\n", v, l.typ(elem), l.as(comm.Value, elem))
			args = append(args, "0, "+ch+", &"+v+", nil")
		}
		fmt.Fprintf(&body, "case %d:\n%s", i, after)
		l.clauseBlock(&body, cc.Body)
	}
	l.pop()
	fmt.Fprintf(b, "%s%sswitch %s(%s) {\n%s}\n}", labelText(f.label), l.line(st), l.helper("Select"), strings.Join(args, ", "), body.String())
}

// heldChannel evaluates the channel of a select clause into a variable before the select.
func (l *lowerer) heldChannel(b *strings.Builder, e ast.Expr) (name string, elem types.Type) {
	t, elem := l.channel(e)
	name = l.temp("ch")
	fmt.Fprintf(b, "var %s %s = %s\n", name, l.typ(t), l.expr(e))
	return name, elem
}

// receiveClause lowers "v, ok := <-c" in a select: into variables before the select, from there to where they belong.
func (l *lowerer) receiveClause(b *strings.Builder, st *ast.AssignStmt) (arg, after string) {
	ch, elem := l.heldChannel(b, ast.Unparen(st.Rhs[0]).(*ast.UnaryExpr).X)
	temps := []string{"nil", "nil"}
	for i, e := range st.Lhs {
		have := []types.Type{elem, types.Typ[types.Bool]}[i]
		if id, isIdent := e.(*ast.Ident); isIdent && id.Name == "_" {
			continue
		}
		tmp := l.temp("c")
		temps[i] = "&" + tmp
		fmt.Fprintf(b, "var %s %s\n", tmp, l.typ(have))
		after += l.deliver(e, st.Tok, tmp, have)
	}
	return "1, " + ch + ", " + strings.Join(temps, ", "), after
}

// deliver assigns x, of type have, to what an assignment or := has on its left.
func (l *lowerer) deliver(e ast.Expr, tok token.Token, x string, have types.Type) string {
	if id, ok := e.(*ast.Ident); ok && tok == token.DEFINE {
		if v, isNew := l.info.Defs[id].(*types.Var); isNew {
			if name, top := l.vars[v]; top {
				return name + " = " + x + "\n"
			}
			return "var " + l.local(v) + " " + l.typ(v.Type()) + " = " + x + "\n_ = " + l.local(v) + "\n"
		}
	}
	return l.expr(e) + " = " + l.convert(x, have, l.lhsType(e)) + "\n"
}
