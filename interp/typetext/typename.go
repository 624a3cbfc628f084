package typetext

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"
)

// RuntimeName is what %T prints for a value of type t.
func RuntimeName(t types.Type) string { return nameWriter{}.text(t) }

// PathName is RuntimeName with whole paths of packages, as it stands inside type arguments.
func PathName(t types.Type) string { return nameWriter{paths: true}.text(t) }

// A nameWriter writes types as package reflect does. Inside type arguments packages have their whole paths.
type nameWriter struct{ paths bool }

func (w nameWriter) text(t types.Type) string {
	switch t := t.(type) {
	case *types.Alias:
		return w.text(types.Unalias(t))
	case *types.Basic:
		return types.Default(types.Typ[t.Kind()]).String()
	case *types.Named:
		return w.named(t)
	case *types.Pointer:
		return "*" + w.text(t.Elem())
	case *types.Slice:
		return "[]" + w.text(t.Elem())
	case *types.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), w.text(t.Elem()))
	case *types.Map:
		return "map[" + w.text(t.Key()) + "]" + w.text(t.Elem())
	case *types.Chan:
		return w.channel(t)
	case *types.Signature:
		return "func" + w.signature(t)
	case *types.Struct:
		return w.structure(t)
	case *types.Interface:
		return w.iface(t)
	}
	return t.String()
}

func (w nameWriter) named(t *types.Named) string {
	obj := t.Obj()
	name := obj.Name()
	switch {
	case obj.Pkg() == nil:
	case IsCell(obj):
		name = "main." + name
	case w.paths:
		name = obj.Pkg().Path() + "." + name
	default:
		name = obj.Pkg().Name() + "." + name
	}
	if t.TypeArgs().Len() == 0 {
		return name
	}
	var args []string
	for a := range t.TypeArgs().Types() {
		args = append(args, nameWriter{paths: true}.text(a))
	}
	return name + "[" + strings.Join(args, ",") + "]"
}

func (w nameWriter) channel(t *types.Chan) string {
	elem := w.text(t.Elem())
	switch inner, isChan := types.Unalias(t.Elem()).(*types.Chan); {
	case t.Dir() == types.RecvOnly:
		return "<-chan " + elem
	case t.Dir() == types.SendOnly:
		return "chan<- " + elem
	case isChan && inner.Dir() == types.RecvOnly:
		return "chan (" + elem + ")"
	}
	return "chan " + elem
}

func (w nameWriter) signature(t *types.Signature) string {
	var ps, rs []string
	for i := range t.Params().Len() {
		p := t.Params().At(i).Type()
		if sl, ok := p.Underlying().(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
			ps = append(ps, "..."+w.text(sl.Elem()))
		} else {
			ps = append(ps, w.text(p))
		}
	}
	for r := range t.Results().Variables() {
		rs = append(rs, w.text(r.Type()))
	}
	text := "(" + strings.Join(ps, ", ") + ")"
	switch len(rs) {
	case 0:
		return text
	case 1:
		return text + " " + rs[0]
	}
	return text + " (" + strings.Join(rs, ", ") + ")"
}

func (w nameWriter) structure(t *types.Struct) string {
	if t.NumFields() == 0 {
		return "struct {}"
	}
	var fs []string
	for i := range t.NumFields() {
		f := t.Field(i)
		text := w.text(f.Type())
		if !f.Embedded() {
			text = f.Name() + " " + text
		}
		if tag := t.Tag(i); tag != "" {
			text += " " + strconv.Quote(tag)
		}
		fs = append(fs, text)
	}
	return "struct { " + strings.Join(fs, "; ") + " }"
}

func (w nameWriter) iface(t *types.Interface) string {
	if t.NumMethods() == 0 {
		return "interface {}"
	}
	var ms []string
	for m := range t.Methods() {
		ms = append(ms, m.Name()+w.signature(m.Type().(*types.Signature)))
	}
	return "interface { " + strings.Join(ms, "; ") + " }"
}
