package interp

import (
	"go/types"
	"strings"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// ref makes a typeRef of t.
func (s *Session) ref(t types.Type) typeRef {
	uses := map[string]bool{}
	local := false
	typetext.WalkNamed(t, func(n *types.Named) {
		if typetext.IsCell(n.Obj()) {
			uses[n.Obj().Name()] = true
			local = local || typetext.IsLocal(n)
		}
	})
	if len(uses) == 0 || local {
		return typeRef{typ: t}
	}
	w := &typetext.Writer{Param: func(t *types.TypeParam) string { return t.Obj().Name() }}
	w.Named = func(n *types.Named) string { return s.checkName(w, n) }
	w.Interface = func(t *types.Interface) string {
		var ms []string
		for m := range t.Methods() {
			ms = append(ms, m.Name()+w.Signature(m.Type().(*types.Signature)))
		}
		return "interface{ " + strings.Join(ms, "; ") + " }"
	}
	return typeRef{typ: t, text: w.Text(t), uses: sortedKeys(uses)}
}

// checkName is how the text of a typeRef calls n: a session's type by its name, a compiled one by a name that is put into
// the scope of every pass.
func (s *Session) checkName(w *typetext.Writer, n *types.Named) string {
	obj := n.Obj()
	if obj.Pkg() == nil {
		return obj.Name()
	}
	name := obj.Name()
	if !typetext.IsCell(obj) {
		name = obj.Pkg().Name() + "ꞏ" + obj.Name()
		s.named[name] = n.Origin()
	}
	if n.TypeArgs().Len() > 0 {
		var args []string
		for a := range n.TypeArgs().Types() {
			args = append(args, w.Text(a))
		}
		name += "[" + strings.Join(args, ", ") + "]"
	}
	return name
}
