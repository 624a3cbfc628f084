package lower

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/athanor-ml/athanor/interp/rt"
	"github.com/athanor-ml/athanor/interp/typetext"
)

// Packages that look into values by reflection see the engine's types: without names, without methods, and with all fields
// exported. What would come out otherwise than in Go is refused.

// shallowPackages encode structs by reflection and treat embedded fields in their own way.
var shallowPackages = map[string]bool{"encoding/gob": true, "encoding/xml": true}

// hooks are the methods by which a type tells a package what to do with its values.
var hooks = map[string][]string{
	"encoding/xml":  {"MarshalXML", "UnmarshalXML", "MarshalXMLAttr", "UnmarshalXMLAttr", "MarshalText", "UnmarshalText"},
	"encoding/gob":  {"GobEncode", "GobDecode", "MarshalBinary", "UnmarshalBinary"},
	"text/template": rt.PrintHooks, "html/template": rt.PrintHooks,
}

// seen refuses to hand a value of type t, which a cell has made, to function name of a package that would see it otherwise than
// in Go.
func (l *lowerer) seen(a ast.Expr, t types.Type, pkg, name string) {
	text := types.TypeString(t, typetext.Plain)
	if pkg == "reflect" && name == "TypeOf" {
		l.refuse(a, "reflect.TypeOf does not know cells' types such as %s: use the verb %%T of fmt for its name, or a type switch", text)
	}
	if shallowPackages[pkg] && l.within(t, embeds) {
		l.refuse(a, "%s cannot encode a %s here: it sees no embedded fields of cells' types; write them out, or use encoding/json", pkg, text)
	}
	for _, hook := range hooks[pkg] {
		if l.within(t, func(t types.Type) bool { return hasMethod(t, hook) }) {
			l.refuse(a, "%s would not call the method %s of a cell's type inside %s: call it yourself, and hand over what it returns", pkg, hook, text)
		}
	}
}

func embeds(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	return ok && slices.ContainsFunc(slices.Collect(s.Fields()), (*types.Var).Embedded)
}

// hasMethod reports whether a cell's type or a pointer to it has the method.
func hasMethod(t types.Type, name string) bool {
	if n, ok := types.Unalias(t).(*types.Named); !ok || !typetext.IsCell(n.Obj()) {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}

// within reports whether something holds for t, or for a type that a cell has made in values of t.
func (l *lowerer) within(t types.Type, holds func(types.Type) bool) bool {
	seen := map[types.Type]bool{}
	var in func(t types.Type) bool
	in = func(t types.Type) bool {
		if t == nil || seen[t] || !made(t) {
			return false
		}
		seen[t] = true
		if holds(t) {
			return true
		}
		switch u := t.Underlying().(type) {
		case *types.Struct:
			for f := range u.Fields() {
				if in(l.subst(f.Type())) {
					return true
				}
			}
		case *types.Map:
			return in(u.Key()) || in(u.Elem())
		}
		return in(elemOf(t.Underlying()))
	}
	return in(t)
}

// calleeName is the name of the function or method that fun selects.
func calleeName(fun ast.Expr) string {
	if se, ok := fun.(*ast.SelectorExpr); ok {
		return se.Sel.Name
	}
	return ""
}
