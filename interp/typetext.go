package interp

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"
)

// A typeWriter writes types as source text. named says how a named type (with its type arguments, if any) is called,
// and param what stands for a type parameter.
type typeWriter struct {
	named     func(t *types.Named) string
	param     func(t *types.TypeParam) string
	ifaceText func(t *types.Interface) string // how an interface without a name is written; nil: interface{}
	visit     func(t *types.Struct)           // is told of each struct type without a name
	tags      bool                            // give unexported fields a tag that keeps them out of JSON and other encodings
}

func (w *typeWriter) text(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return "uintptr"
		}
		return types.Default(t).String()
	case *types.Alias:
		return w.text(types.Unalias(t))
	case *types.Named:
		return w.named(t)
	case *types.TypeParam:
		return w.param(t)
	case *types.Pointer:
		return "*" + w.text(t.Elem())
	case *types.Slice:
		return "[]" + w.text(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), w.text(t.Elem()))
	case *types.Map:
		return "map[" + w.text(t.Key()) + "]" + w.text(t.Elem())
	case *types.Chan:
		return [...]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()] + "(" + w.text(t.Elem()) + ")"
	case *types.Signature:
		return "func" + w.signature(t)
	case *types.Struct:
		if w.visit != nil {
			w.visit(t)
		}
		return w.structure(t, "")
	case *types.Interface:
		return w.iface(t)
	case *types.Tuple:
		return w.results(t)
	}
	return fmt.Sprintf("/* %T */", t)
}

// signature writes "(int, ...string) (bool, error)".
func (w *typeWriter) signature(t *types.Signature) string {
	var ps []string
	for i := range t.Params().Len() {
		ps = append(ps, w.paramType(t, i))
	}
	return "(" + strings.Join(ps, ", ") + ")" + w.results(t.Results())
}

// paramType writes the type of parameter i as it stands in a parameter list.
func (w *typeWriter) paramType(t *types.Signature, i int) string {
	typ := t.Params().At(i).Type()
	if t.Variadic() && i == t.Params().Len()-1 {
		if sl, ok := typ.Underlying().(*types.Slice); ok {
			return "..." + w.text(sl.Elem())
		}
	}
	return w.text(typ)
}

func (w *typeWriter) results(t *types.Tuple) string {
	if t.Len() == 0 {
		return ""
	}
	var rs []string
	for v := range t.Variables() {
		rs = append(rs, w.text(v.Type()))
	}
	return " (" + strings.Join(rs, ", ") + ")"
}

// structure writes a struct type. mark, when set, goes into the tag of the first field and makes the type unlike all others.
func (w *typeWriter) structure(t *types.Struct, mark string) string {
	var b strings.Builder
	b.WriteString("struct{")
	for i := range t.NumFields() {
		f, tag := t.Field(i), t.Tag(i)
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(fieldName(f, i) + " ")
		b.WriteString(w.text(f.Type()))
		if w.tags && !f.Exported() {
			tag = strings.TrimSpace(hiddenTag + tag)
		}
		if i == 0 && mark != "" {
			tag = strings.TrimSpace(tag + " " + markKey + `:"` + mark + `"`)
		}
		if tag != "" {
			b.WriteString(" " + strconv.Quote(tag))
		}
	}
	b.WriteString("}")
	return b.String()
}

// hiddenTag keeps a field that Go would not export out of the encodings: the engine exports all fields.
const hiddenTag = `json:"-" xml:"-" yaml:"-" `

// markKey is the tag key that tells the engine's struct types apart.
const markKey = "athanor"

// fieldName names field i; a blank one gets a name of its own, since the engine has no blank fields.
func fieldName(f *types.Var, i int) string {
	if f.Name() == "_" {
		return fmt.Sprintf("blankꞏ%d", i)
	}
	return f.Name()
}

func (w *typeWriter) iface(t *types.Interface) string {
	if w.ifaceText != nil {
		return w.ifaceText(t)
	}
	return "interface{}"
}

// walkNamed calls f for each named type that t is made of, without looking inside them.
func walkNamed(t types.Type, f func(*types.Named)) { walkTypes(t, f, func(*types.Struct) {}) }

// walkTypes is walkNamed that also calls g for each struct type without a name.
func walkTypes(t types.Type, f func(*types.Named), g func(*types.Struct)) {
	w := &typeWriter{param: func(*types.TypeParam) string { return "" }, visit: g}
	w.named = func(n *types.Named) string {
		f(n)
		for a := range n.TypeArgs().Types() {
			w.text(a)
		}
		return ""
	}
	w.text(t)
}

// isCell reports whether obj is declared by a cell.
func isCell(obj types.Object) bool { return obj.Pkg() != nil && obj.Pkg().Path() == cellPath }

// isLocal reports whether the named type is declared inside a function.
func isLocal(n *types.Named) bool {
	obj := n.Origin().Obj()
	return obj.Pkg() != nil && obj.Parent() != nil && obj.Parent() != obj.Pkg().Scope()
}

// ref makes a typeRef of t.
func (s *Session) ref(t types.Type) typeRef {
	uses := map[string]bool{}
	local := false
	walkNamed(t, func(n *types.Named) {
		if isCell(n.Obj()) {
			uses[n.Obj().Name()] = true
			local = local || isLocal(n)
		}
	})
	if len(uses) == 0 || local {
		return typeRef{typ: t}
	}
	w := &typeWriter{param: func(t *types.TypeParam) string { return t.Obj().Name() }}
	w.named = func(n *types.Named) string { return s.checkName(w, n) }
	w.ifaceText = func(t *types.Interface) string {
		var ms []string
		for m := range t.Methods() {
			ms = append(ms, m.Name()+w.signature(m.Type().(*types.Signature)))
		}
		return "interface{ " + strings.Join(ms, "; ") + " }"
	}
	return typeRef{typ: t, text: w.text(t), uses: sortedKeys(uses)}
}

// checkName is how the text of a typeRef calls n: a session's type by its name, a compiled one by a name that is put into
// the scope of every pass.
func (s *Session) checkName(w *typeWriter, n *types.Named) string {
	obj := n.Obj()
	if obj.Pkg() == nil {
		return obj.Name()
	}
	name := obj.Name()
	if !isCell(obj) {
		name = obj.Pkg().Name() + "ꞏ" + obj.Name()
		s.named[name] = n.Origin()
	}
	if n.TypeArgs().Len() > 0 {
		var args []string
		for a := range n.TypeArgs().Types() {
			args = append(args, w.text(a))
		}
		name += "[" + strings.Join(args, ", ") + "]"
	}
	return name
}
