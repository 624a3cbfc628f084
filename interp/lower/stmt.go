package lower

import (
	"go/ast"
	"go/token"
	"strings"
)

// A frame is a statement that break or continue can mean.
type frame struct {
	label   string
	loop    bool // continue may mean it
	fn      bool // the body has become a function literal
	plain   bool // … one without a result, called in each iteration; else it is the yield of a range over a function
	ctl     string
	results []string // where return leaves its values
	exits   []string // what follows the call: the branch for each value of ctl from 3
}

func (l *lowerer) block(b *strings.Builder, list []ast.Stmt) {
	for _, st := range list {
		l.stmt(b, st, "")
	}
}

// stmt lowers one statement. label is its label, if it has one.
func (l *lowerer) stmt(b *strings.Builder, st ast.Stmt, label string) {
	switch st := st.(type) {
	case *ast.EmptyStmt:
		return
	case *ast.LabeledStmt:
		l.labeled(b, st)
		return
	case *ast.DeclStmt:
		l.declStmt(b, st)
		return
	case *ast.BlockStmt:
		b.WriteString("{\n")
		l.block(b, st.List)
		b.WriteString("}\n")
		return
	}
	b.WriteString(l.line(st) + l.mark(st))
	switch st := st.(type) {
	case *ast.ExprStmt:
		b.WriteString(l.expr(st.X))
	case *ast.SendStmt:
		b.WriteString(l.send(st))
	case *ast.IncDecStmt:
		b.WriteString(l.expr(st.X) + st.Tok.String())
	case *ast.AssignStmt:
		b.WriteString(l.assign(st))
	case *ast.GoStmt:
		b.WriteString(l.goStmt(st))
	case *ast.DeferStmt:
		b.WriteString(l.deferStmt(st))
	case *ast.ReturnStmt:
		l.returnStmt(b, st)
	case *ast.BranchStmt:
		l.branch(b, st)
	case *ast.IfStmt:
		l.ifStmt(b, st)
	case *ast.SwitchStmt:
		l.switchStmt(b, st, label)
	case *ast.TypeSwitchStmt:
		l.typeSwitch(b, st, label)
	case *ast.SelectStmt:
		l.selectStmt(b, st, label)
	case *ast.ForStmt:
		l.forStmt(b, st, label)
	case *ast.RangeStmt:
		l.rangeStmt(b, st, label)
	default:
		l.refuse(st, "%T is not supported in cells", st)
	}
	b.WriteString("\n")
	switch st.(type) {
	case *ast.ExprStmt, *ast.AssignStmt:
		if !l.quiet && l.hasCall(st) {
			b.WriteString(l.checkStop())
		}
	}
}

func (l *lowerer) labeled(b *strings.Builder, st *ast.LabeledStmt) {
	if l.gotos[st.Label.Name] { // a statement of its own: the engine ends the function where it does not see what follows the label
		b.WriteString(l.gotoName(st.Label) + ":\n" + l.checkStop())
	}
	switch st.Stmt.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		l.stmt(b, st.Stmt, l.labelName(st.Label)) // they write the label where it belongs
	default:
		l.stmt(b, st.Stmt, "")
	}
}

// labelName is the engine's name of a label, which must not be that of a variable.
func (l *lowerer) labelName(id *ast.Ident) string {
	if name := l.labels[id.Name]; name != "" {
		return name
	}
	return id.Name + "ꞏL"
}

// gotoName is the engine's name of a label as goto means it.
func (l *lowerer) gotoName(id *ast.Ident) string { return l.labelName(id) + "ꞏG" }

// gotoLabels are the labels that the goto statements of a function mean.
func gotoLabels(body *ast.BlockStmt) (labels map[string]bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			if n.Tok == token.GOTO {
				if labels == nil {
					labels = map[string]bool{}
				}
				labels[n.Label.Name] = true
			}
		}
		return true
	})
	return labels
}

// labelText is "label:" before the statement that the label belongs to.
func labelText(label string) string {
	if label == "" {
		return ""
	}
	return label + ":\n"
}

func (l *lowerer) declStmt(b *strings.Builder, st *ast.DeclStmt) {
	g := st.Decl.(*ast.GenDecl)
	if g.Tok != token.VAR { // constants are folded; local types are declared where they are first used
		return
	}
	for _, spec := range g.Specs {
		vs := spec.(*ast.ValueSpec)
		b.WriteString(l.line(vs) + l.mark(vs))
		l.varSpec(b, vs)
		b.WriteString("\n")
	}
}

// simple lowers a simple statement in a header; := stays as it is there, since its scope is the header's.
func (l *lowerer) simple(st ast.Stmt) string {
	if st == nil {
		return ""
	}
	defer func(quiet bool) { l.quiet = quiet }(l.quiet)
	l.quiet = true
	var b strings.Builder
	l.stmt(&b, st, "")
	return strings.TrimSuffix(b.String(), "\n")
}

func (l *lowerer) ifStmt(b *strings.Builder, st *ast.IfStmt) {
	if st.Init != nil {
		b.WriteString("{\n" + l.simple(st.Init) + "\n")
	}
	b.WriteString("if " + l.expr(st.Cond) + " {\n")
	if l.hasCall(st.Cond) || l.hasCall(st.Init) {
		b.WriteString(l.checkStop())
	}
	l.block(b, st.Body.List)
	b.WriteString("}")
	if st.Else != nil {
		b.WriteString(" else {\n")
		l.stmt(b, st.Else, "")
		b.WriteString("}")
	}
	if st.Init != nil {
		b.WriteString("\n}")
	}
}
