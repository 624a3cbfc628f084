package lower

import (
	"fmt"
	"go/types"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// refuseEndless refuses a type that refers to itself without a named struct or an interface in between, which the engine cannot
// build.
func (l *lowerer) refuseEndless(n *types.Named) {
	if _, ok := n.Underlying().(*types.Struct); ok {
		return
	}
	if endless(n.Underlying(), n, map[types.Type]bool{}) {
		name := n.Obj().Name()
		f := Diagnostic{PositionOf(l.fset.Position(n.Obj().Pos())), fmt.Sprintf("type %s refers to itself with no named struct in between, which cells cannot do: declare it as a struct with a field, type %s struct { … }", name, name)}
		panic(unsupported{f})
	}
}

// endless reports whether t leads to n through types without names of their own.
func endless(t types.Type, n *types.Named, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t := t.(type) {
	case *types.Alias:
		return endless(types.Unalias(t), n, seen)
	case *types.Named:
		if t.Origin() == n.Origin() {
			return true
		}
		_, isStruct := t.Underlying().(*types.Struct)
		return !isStruct && typetext.IsCell(t.Obj()) && endless(t.Underlying(), n, seen)
	case *types.Struct:
		for f := range t.Fields() {
			if endless(f.Type(), n, seen) {
				return true
			}
		}
	case *types.Pointer:
		return endless(t.Elem(), n, seen)
	case *types.Slice:
		return endless(t.Elem(), n, seen)
	case *types.Array:
		return endless(t.Elem(), n, seen)
	case *types.Chan:
		return endless(t.Elem(), n, seen)
	case *types.Map:
		return endless(t.Key(), n, seen) || endless(t.Elem(), n, seen)
	case *types.Signature:
		return endless(t.Params(), n, seen) || endless(t.Results(), n, seen)
	case *types.Tuple:
		for v := range t.Variables() {
			if endless(v.Type(), n, seen) {
				return true
			}
		}
	}
	return false
}
