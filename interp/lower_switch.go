package interp

import (
	"fmt"
	"go/ast"
	"strings"
)

func (l *lowerer) switchStmt(b *strings.Builder, st *ast.SwitchStmt, label string) {
	b.WriteString("{\n" + l.simple(st.Init) + "\n")
	f := &frame{label: label}
	var body strings.Builder
	l.push(f)
	body.WriteString("switch ")
	if st.Tag != nil && l.comparesIface(st) {
		l.ifaceSwitch(b, st, f)
		l.pop()
		return
	}
	if st.Tag != nil {
		t := l.info.Types[st.Tag].Type
		tag := l.temp("tag")
		b.WriteString("var " + tag + " " + l.typ(t) + " = " + l.expr(st.Tag) + "\n")
		body.WriteString(tag)
	}
	body.WriteString(" {\n")
	for _, c := range st.Body.List {
		cc := c.(*ast.CaseClause)
		if cc.List == nil {
			body.WriteString("default:\n")
		} else {
			body.WriteString("case " + strings.Join(l.exprs(cc.List), ", ") + ":\n")
		}
		l.block(&body, cc.Body)
	}
	l.pop()
	b.WriteString(labelText(f.label) + body.String() + "}\n}")
}

// comparesIface reports whether the tag of a switch or one of its cases is an interface.
func (l *lowerer) comparesIface(st *ast.SwitchStmt) bool {
	if isIface(l.subst(l.info.Types[st.Tag].Type)) {
		return true
	}
	for _, c := range st.Body.List {
		for _, e := range c.(*ast.CaseClause).List {
			if isIface(l.subst(l.info.Types[e].Type)) {
				return true
			}
		}
	}
	return false
}

// ifaceSwitch lowers a switch on an interface value to one over conditions.
func (l *lowerer) ifaceSwitch(b *strings.Builder, st *ast.SwitchStmt, f *frame) {
	tag := l.temp("tag")
	fmt.Fprintf(b, "var %s interface{} = %s\n", tag, l.toAny(st.Tag))
	var body strings.Builder
	for _, c := range st.Body.List {
		cc := c.(*ast.CaseClause)
		var conds []string
		for _, e := range cc.List {
			if isUntypedNil(l.info.Types[e].Type) {
				conds = append(conds, tag+" == nil")
			} else {
				conds = append(conds, l.s.helper("Eq")+"("+tag+", "+l.toAny(e)+")")
			}
		}
		if cc.List == nil {
			body.WriteString("default:\n")
		} else {
			body.WriteString("case " + strings.Join(conds, " || ") + ":\n")
		}
		l.block(&body, cc.Body)
	}
	b.WriteString(labelText(f.label) + "switch {\n" + body.String() + "}\n}")
}
