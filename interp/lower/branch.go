package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

func (l *lowerer) returnStmt(b *strings.Builder, st *ast.ReturnStmt) {
	vals := l.returned(st)
	f := l.innermostFn(0)
	if len(vals) > 1 || f != nil || l.named != nil {
		b.WriteString(l.heldResults(st.Results, vals))
	}
	if f == nil && l.defers == "" {
		b.WriteString("return " + strings.Join(vals, ", "))
		return
	}
	results := l.named
	if f != nil {
		results = f.results
	}
	if len(vals) > 0 {
		b.WriteString(l.setAll(results, vals, st.Results) + "; ")
	}
	if f == nil {
		b.WriteString("return")
		return
	}
	b.WriteString(f.ctl + " = 2; " + f.stop())
}

// returned lowers the values of a return.
func (l *lowerer) returned(st *ast.ReturnStmt) []string {
	var want []types.Type
	for r := range l.sig.Results().Variables() {
		want = append(want, l.subst(r.Type()))
	}
	if len(st.Results) == 1 && len(want) > 1 {
		return []string{l.spread(st.Results[0], want)}
	}
	vals := make([]string, len(st.Results))
	for i, r := range st.Results {
		vals[i] = l.as(r, want[i])
	}
	return vals
}

// heldResults evaluates results that are calls or literals into variables, which take their places: the engine puts some of
// them into the wrong place.
func (l *lowerer) heldResults(exprs []ast.Expr, vals []string) string {
	if len(exprs) != len(vals) || len(exprs) != l.sig.Results().Len() {
		return ""
	}
	var text strings.Builder
	for i, e := range exprs {
		if l.isPlain(e) && !l.isOtherResult(e, i) {
			continue
		}
		tmp := l.temp("m")
		text.WriteString("var " + tmp + " " + l.typ(l.subst(l.sig.Results().At(i).Type())) + " = " + vals[i] + "; ")
		vals[i] = tmp
	}
	return text.String()
}

// isOtherResult reports whether e is a named result, but not the one at index i.
func (l *lowerer) isOtherResult(e ast.Expr, i int) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	for j := range l.sig.Results().Len() {
		if j != i && l.info.Uses[id] == l.sig.Results().At(j) {
			return true
		}
	}
	return false
}

// isPlain reports whether e is a constant or a local name.
func (l *lowerer) isPlain(e ast.Expr) bool {
	if tv := l.info.Types[e]; tv.Value != nil || tv.IsNil() {
		return true
	}
	_, ok := ast.Unparen(e).(*ast.Ident)
	return ok
}

// next ends one iteration of a loop whose body is a function literal; stop ends the loop.
func (f *frame) next() string {
	if f.plain {
		return "return"
	}
	return "return true"
}

func (f *frame) stop() string {
	if f.plain {
		return "return"
	}
	return "return false"
}

// innermostFn is the innermost frame from index from on whose body is a function literal.
func (l *lowerer) innermostFn(from int) *frame {
	for i := len(l.frames) - 1; i >= from; i-- {
		if l.frames[i].fn {
			return l.frames[i]
		}
	}
	return nil
}

func (l *lowerer) branch(b *strings.Builder, st *ast.BranchStmt) {
	if st.Tok == token.FALLTHROUGH {
		b.WriteString("fallthrough")
		return
	}
	if st.Tok == token.GOTO {
		if l.innermostFn(0) != nil {
			l.refuse(st, "goto inside a loop over a function is not supported in cells")
		}
		b.WriteString(l.checkStop() + "goto " + l.gotoName(st.Label))
		return
	}
	label := ""
	if st.Label != nil {
		label = l.labelName(st.Label)
	}
	l.jump(b, st, st.Tok, label)
}

// jump writes break or continue, also where a function literal stands between the statement and its loop.
func (l *lowerer) jump(b *strings.Builder, n ast.Node, tok token.Token, label string) {
	i := len(l.frames) - 1
	for ; i >= 0; i-- {
		f := l.frames[i]
		if label == "" && (f.loop || tok == token.BREAK) || label != "" && f.label == label {
			break
		}
	}
	if i < 0 {
		b.WriteString(strings.TrimSpace(tok.String() + " " + label)) // a labelled block
		return
	}
	target := l.frames[i]
	inner := l.innermostFn(i)
	switch {
	case inner == nil:
		b.WriteString(strings.TrimSpace(tok.String() + " " + label))
	case inner == target && tok == token.CONTINUE:
		b.WriteString(inner.next())
	case inner == target:
		b.WriteString(inner.ctl + " = 1; " + inner.stop())
	default:
		if target.label == "" {
			target.label = l.temp("L")
		}
		exit := tok.String() + " " + target.label
		k := -1
		for j, e := range inner.exits {
			if e == exit {
				k = j
			}
		}
		if k < 0 {
			inner.exits = append(inner.exits, exit)
			k = len(inner.exits) - 1
		}
		fmt.Fprintf(b, "%s = %d; %s", inner.ctl, 3+k, inner.stop())
	}
}

func (l *lowerer) push(f *frame) { l.frames = append(l.frames, f) }

func (l *lowerer) pop() { l.frames = l.frames[:len(l.frames)-1] }
