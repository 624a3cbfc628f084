package lower

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// The engine lays out a struct when it first meets it, and the structs that it meets on the way with it. Where these point back to
// one that is on the way it puts a placeholder, and in the end the same struct for all placeholders: type Tree struct { root *Node },
// type Node struct { tree *Tree; next *Node } goes wrong with Tree met first. A struct on the way that is a part of another gets no
// room at all: type A struct { b B }, type B struct { p *A }, with B met first. So structs that lead back to themselves are shown to
// the engine one by one, in an order in which neither happens; where there is none they are refused.

// A structDecl is a struct type that a cell gives to the engine.
type structDecl struct {
	name  string // in the engine
	plain string
	refs  []structRef // the structs in its fields, in order
}

type structRef struct {
	name   string
	inside bool // its values are parts of the struct's own
}

// structRefs are the named structs that values of type t lead to.
func (l *lowerer) structRefs(t types.Type, inside bool) (refs []structRef) {
	switch t := t.(type) {
	case *types.Alias:
		return l.structRefs(types.Unalias(t), inside)
	case *types.Named:
		obj := t.Origin().Obj()
		if !typetext.IsCell(obj) && !l.im.IsSource(obj.Pkg()) {
			return nil
		}
		if _, ok := t.Underlying().(*types.Struct); ok {
			return []structRef{{l.typ(t), inside}}
		}
		if isIface(t) {
			return nil
		}
		return l.structRefs(l.subst(t).Underlying(), inside)
	case *types.TypeParam:
		return l.structRefs(l.subst(t), inside)
	case *types.Struct:
		for f := range t.Fields() {
			refs = append(refs, l.structRefs(l.subst(f.Type()), inside)...)
		}
	case *types.Array:
		return l.structRefs(l.subst(t.Elem()), inside)
	case *types.Map:
		return append(l.structRefs(l.subst(t.Key()), false), l.structRefs(l.subst(t.Elem()), false)...)
	case *types.Signature:
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			for v := range tuple.Variables() {
				refs = append(refs, l.structRefs(l.subst(v.Type()), false)...)
			}
		}
	case *types.Pointer, *types.Slice, *types.Chan:
		return l.structRefs(l.subst(elemOf(t)), false)
	}
	return refs
}

// layouts are declarations that make the engine lay out the structs in an order in which it does it right; empty where there is
// nothing to order.
func (u *Unit) layouts() string {
	g := structGraph{}
	for _, d := range u.structs {
		g[d.name] = d
	}
	waiting := slices.DeleteFunc(slices.Clone(u.structs), func(d structDecl) bool {
		return !slices.ContainsFunc(d.refs, func(r structRef) bool { return g.leads(r.name, d.name) })
	})
	var text strings.Builder
	for laid := (layout{}); len(waiting) > 0; {
		good := slices.IndexFunc(waiting, func(d structDecl) bool { return g.lays(d, laid) })
		if good < 0 {
			g.refuse(waiting)
		}
		d := waiting[good]
		fmt.Fprintf(&text, "var %s *%s\n", u.Version("layout"), d.name)
		g.lay(d.name, laid, new(string))
		waiting = slices.Delete(waiting, good, good+1)
	}
	return text.String()
}

type structGraph map[string]structDecl

// leads reports whether values of from lead to values of to.
func (g structGraph) leads(from, to string) bool {
	seen := map[string]bool{}
	var walk func(name string) bool
	walk = func(name string) bool {
		if name == to {
			return true
		}
		if seen[name] {
			return false
		}
		seen[name] = true
		return slices.ContainsFunc(g[name].refs, func(r structRef) bool { return walk(r.name) })
	}
	return walk(from)
}

// A layout says of structs how far the engine is with them.
type layout map[string]int

const (
	onTheWay = 1
	laidOut  = 2
)

// lays reports whether the engine lays out d right, after those that are laid out already.
func (g structGraph) lays(d structDecl, laid layout) bool {
	return g.lay(d.name, maps.Clone(laid), new(string))
}

// lay does what the engine does when it meets a struct. back is the struct that the placeholders stand for.
func (g structGraph) lay(name string, laid layout, back *string) bool {
	switch {
	case laid[name] == laidOut:
		return true
	case laid[name] == onTheWay:
		ok := *back == "" || *back == name
		*back = name
		return ok
	}
	laid[name] = onTheWay
	for _, r := range g[name].refs {
		if r.inside && laid[r.name] == onTheWay || !g.lay(r.name, laid, back) {
			return false
		}
	}
	laid[name] = laidOut
	return true
}

// refuse refuses structs that there is no order for: a part that leads back must become a pointer.
func (g structGraph) refuse(list []structDecl) {
	for _, d := range list {
		for _, r := range d.refs {
			if r.inside && g.leads(r.name, d.name) {
				panic(unsupported{Diagnostic{Msg: fmt.Sprintf("types %s and %s lead to each other in a way that cells cannot lay out: make the field of %[1]s that holds a %[2]s a pointer", d.plain, g[r.name].plain)}})
			}
		}
	}
	panic(unsupported{Diagnostic{Msg: fmt.Sprintf("type %s and those it leads to point at each other in a way that cells cannot lay out: put one of the pointers into a field of type any", list[0].plain)}})
}
