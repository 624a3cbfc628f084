package interp

import (
	"context"
	"go/types"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/interp/typetext"
)

// Inspect describes the name at cursor, which counts code points: what it is declared as, its documentation, and the
// value of a variable. It is nil when there is nothing to say.
func (s *Session) Inspect(code string, cursor, detail int) map[string]any {
	text, value := s.declaration(code, byteOffset(code, cursor))
	if text == "" {
		return nil
	}
	return map[string]any{"text/plain": join(text, s.liveValue(value))}
}

// declaration describes what stands at an offset; value is that of a variable, else invalid.
func (s *Session) declaration(code string, at int) (text string, value reflect.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { _ = recover() }() // half a program may be anything
	return s.describe(code, at)
}

func (s *Session) describe(code string, at int) (text string, value reflect.Value) {
	end := at
	for end < len(code) {
		r, n := utf8.DecodeRuneInString(code[end:])
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			break
		}
		end += n
	}
	start := operandStart(code, end)
	if start == end {
		return "", value
	}
	operand := code[start:end]
	if text := s.predeclaredText(operand); text != "" {
		return text, value
	}
	if pkg := s.packageNamed(operand); pkg != nil {
		return join("package "+pkg.Name()+" // import "+pkg.Path(), s.docs(pkg.Path()).Text), value
	}
	if left, name, ok := cutLast(operand, "."); ok {
		if pkg := s.packageNamed(left); pkg != nil {
			if o := pkg.Scope().Lookup(name); o != nil {
				return join(s.objectText(o), s.docs(pkg.Path()+"."+name).Text), value
			}
		}
	}
	p, as := s.probe(code, start, operand)
	if as == nil {
		return "", value
	}
	tv := p.info.Types[as.Rhs[0]]
	if tv.Type == nil || tv.Type == types.Typ[types.Invalid] {
		return "", value
	}
	lines := operand + " " + types.TypeString(tv.Type, typetext.Plain)
	if tv.IsType() {
		lines = "type " + operand + " " + types.TypeString(tv.Type.Underlying(), typetext.Plain)
	}
	if v := s.st.vars[operand]; v != nil {
		value, _ = s.eng.y.Eval(v.emitted)
	}
	return join(lines, s.memberDoc(p, left(operand), operand)), value
}

func left(operand string) string {
	l, _, _ := cutLast(operand, ".")
	return l
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// objectText is the declaration of a compiled name, with the parameter names that the table knows.
func (s *Session) objectText(o types.Object) string {
	f, ok := o.(*types.Func)
	if !ok {
		return types.ObjectString(o, typetext.Plain)
	}
	return "func " + f.Name() + s.signatureText(f.Type().(*types.Signature), s.docs(f.Pkg().Path()+"."+f.Name()).Params)
}

func (s *Session) signatureText(sig *types.Signature, params []string) string {
	w := &typetext.Writer{Named: func(n *types.Named) string { return types.TypeString(n, typetext.Plain) }, Param: func(p *types.TypeParam) string { return p.Obj().Name() }}
	var ps []string
	for i := range sig.Params().Len() {
		p := w.ParamType(sig, i)
		if i < len(params) {
			p = params[i] + " " + p
		}
		ps = append(ps, p)
	}
	return "(" + strings.Join(ps, ", ") + ")" + w.Results(sig.Results())
}

// memberDoc is the documentation of a compiled method.
func (s *Session) memberDoc(p *pass, left, operand string) string {
	for e, sel := range p.info.Selections {
		if e.Sel.Name != operand[strings.LastIndex(operand, ".")+1:] {
			continue
		}
		o := sel.Obj()
		if o.Pkg() == nil || typetext.IsCell(o) {
			continue
		}
		base := typetext.BaseName(sel.Recv())
		if d := s.docs(o.Pkg().Path() + "." + base + "." + o.Name()); d.Text != "" {
			return d.Text
		}
	}
	return ""
}

// valuePatience is how long the methods of a value may take to print it for Inspect.
const valuePatience = time.Second

// liveValue is the text of a variable's value now. Methods that print it may run for ever, or panic.
func (s *Session) liveValue(v reflect.Value) string {
	if !v.IsValid() || !v.CanInterface() {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), valuePatience)
	defer cancel()
	text := new(string) // a method that is left behind may write it later
	err := s.eng.run(ctx, s.rt.NewRun(0), func() { *text = display.Text(v.Interface()) })
	switch {
	case err != nil:
		return ""
	case len(*text) > 2000:
		return "= " + (*text)[:2000] + "…"
	}
	return "= " + *text
}
