// Package typetext writes types as text: as source (Writer), and as %T prints them (RuntimeName). It also tells types that cells
// declare, which belong to the package CellPath, from compiled ones.
package typetext

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"
)

// A Writer writes types as source text. Named says how a named type (with its type arguments, if any) is called,
// and Param what stands for a type parameter.
type Writer struct {
	Named     func(t *types.Named) string
	Param     func(t *types.TypeParam) string
	Interface func(t *types.Interface) string // how an interface without a name is written; nil: interface{}
	HiddenTag string                          // what the tags of unexported fields begin with

	visit func(t *types.Struct) // is told of each struct type without a name
}

// Text writes t.
func (w *Writer) Text(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return "uintptr"
		}
		return types.Default(t).String()
	case *types.Alias:
		return w.Text(types.Unalias(t))
	case *types.Named:
		return w.Named(t)
	case *types.TypeParam:
		return w.Param(t)
	case *types.Pointer:
		return "*" + w.Text(t.Elem())
	case *types.Slice:
		return "[]" + w.Text(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), w.Text(t.Elem()))
	case *types.Map:
		return "map[" + w.Text(t.Key()) + "]" + w.Text(t.Elem())
	case *types.Chan:
		return [...]string{types.SendRecv: "chan ", types.SendOnly: "chan<- ", types.RecvOnly: "<-chan "}[t.Dir()] + "(" + w.Text(t.Elem()) + ")"
	case *types.Signature:
		return "func" + w.Signature(t)
	case *types.Struct:
		if w.visit != nil {
			w.visit(t)
		}
		return w.Struct(t, "")
	case *types.Interface:
		return w.iface(t)
	case *types.Tuple:
		return w.Results(t)
	}
	return fmt.Sprintf("/* %T */", t)
}

// Signature writes "(int, ...string) (bool, error)".
func (w *Writer) Signature(t *types.Signature) string {
	var ps []string
	for i := range t.Params().Len() {
		ps = append(ps, w.ParamType(t, i))
	}
	return "(" + strings.Join(ps, ", ") + ")" + w.Results(t.Results())
}

// ParamType writes the type of parameter i as it stands in a parameter list.
func (w *Writer) ParamType(t *types.Signature, i int) string {
	typ := t.Params().At(i).Type()
	if t.Variadic() && i == t.Params().Len()-1 {
		if sl, ok := typ.Underlying().(*types.Slice); ok {
			return "..." + w.Text(sl.Elem())
		}
	}
	return w.Text(typ)
}

// Results writes the results of a function, with a space before them.
func (w *Writer) Results(t *types.Tuple) string {
	if t.Len() == 0 {
		return ""
	}
	var rs []string
	for v := range t.Variables() {
		rs = append(rs, w.Text(v.Type()))
	}
	return " (" + strings.Join(rs, ", ") + ")"
}

// Struct writes a struct type. mark, when set, goes into the tag of the first field and makes the type unlike all others.
func (w *Writer) Struct(t *types.Struct, mark string) string {
	var b strings.Builder
	b.WriteString("struct{")
	for i := range t.NumFields() {
		f, tag := t.Field(i), t.Tag(i)
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(FieldName(f, i) + " ")
		b.WriteString(w.Text(f.Type()))
		if w.HiddenTag != "" && !f.Exported() {
			tag = strings.TrimSpace(w.HiddenTag + tag)
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

// markKey is the tag key that tells the engine's struct types apart.
const markKey = "athanor"

// FieldName names field i; a blank one gets a name of its own, since the engine has no blank fields.
func FieldName(f *types.Var, i int) string {
	if f.Name() == "_" {
		return fmt.Sprintf("blankꞏ%d", i)
	}
	return f.Name()
}

func (w *Writer) iface(t *types.Interface) string {
	if w.Interface != nil {
		return w.Interface(t)
	}
	return "interface{}"
}

// WalkNamed calls f for each named type that t is made of, without looking inside them.
func WalkNamed(t types.Type, f func(*types.Named)) { WalkTypes(t, f, func(*types.Struct) {}) }

// WalkTypes is WalkNamed that also calls g for each struct type without a name.
func WalkTypes(t types.Type, f func(*types.Named), g func(*types.Struct)) {
	w := &Writer{Param: func(*types.TypeParam) string { return "" }, visit: g}
	w.Named = func(n *types.Named) string {
		f(n)
		for a := range n.TypeArgs().Types() {
			w.Text(a)
		}
		return ""
	}
	w.Text(t)
}

// CellPath is the import path of the one package that all cells make up.
const CellPath = "cell"

// IsCell reports whether obj is declared by a cell.
func IsCell(obj types.Object) bool { return obj.Pkg() != nil && obj.Pkg().Path() == CellPath }

// IsLocal reports whether the named type is declared inside a function.
func IsLocal(n *types.Named) bool {
	obj := n.Origin().Obj()
	return obj.Pkg() != nil && obj.Parent() != nil && obj.Parent() != obj.Pkg().Scope()
}

// Plain is a types.Qualifier for what users read: names of cells stand alone, others behind the package's name.
func Plain(p *types.Package) string {
	if p.Path() == CellPath {
		return ""
	}
	return p.Name()
}

// BaseName is the name of t, or of the type that it points to; it is empty when that has none.
func BaseName(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}
