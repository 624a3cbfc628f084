package lower

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// sourceType is the engine's name of a type of the prelude, or its text.
func (l *lowerer) sourceType(n *types.Named) string {
	if _, ok := n.Underlying().(*types.Struct); !ok {
		return l.typ(n.Underlying())
	}
	_, text := l.typeArgs(n.TypeArgs())
	name, isNew := l.instance(n.Obj().Pkg().Path()+"."+n.Obj().Name()+"["+text+"]", n.Obj().Name())
	if isNew {
		l.outer().declareType(name, types.TypeString(n, typetext.Plain), n.Underlying())
	}
	return name
}

// isSourceMethod reports whether fn is a method of a type of the prelude.
func (l *lowerer) isSourceMethod(fn *types.Func) bool {
	return l.im.IsSource(fn.Pkg()) && fn.Signature().RecvTypeParams().Len() > 0
}

// sourceMethod is the engine's name of a method of a type of the prelude, for a receiver of type recv.
func (l *lowerer) sourceMethod(recv types.Type, fn *types.Func) string {
	if p, ok := types.Unalias(recv).(*types.Pointer); ok {
		recv = p.Elem()
	}
	n := types.Unalias(l.subst(recv)).(*types.Named)
	args, text := l.typeArgs(n.TypeArgs())
	key := n.Obj().Name() + "." + fn.Name()
	name, isNew := l.instance(fn.Pkg().Path()+"."+key+"["+text+"]", n.Obj().Name()+"ꞏ"+fn.Name())
	if isNew {
		src := l.im.Source(fn.Pkg().Path())
		l.lowerInstance(name, src.Info, src.Funcs[key], args)
	}
	return name
}

// sourceFunc is the engine's name of a function of the prelude.
func (l *lowerer) sourceFunc(f *types.Func, args []types.Type) string {
	src := l.im.Source(f.Pkg().Path())
	fn := (*ast.FuncDecl)(nil)
	if src != nil {
		fn = src.Funcs[f.Name()]
	}
	if fn == nil {
		if l.im.Compiled(f.Pkg().Path()) && len(args) == 0 {
			return l.engineImport(f.Pkg().Path()) + "." + f.Name()
		}
		panic(unsupported{Diagnostic{Msg: fmt.Sprintf("%s.%s cannot be used in cells", f.Pkg().Name(), f.Name())}})
	}
	var ts []string
	for _, a := range args {
		ts = append(ts, l.outer().typeKey(a))
	}
	name, isNew := l.instance(f.Pkg().Path()+"."+f.Name()+"["+strings.Join(ts, ",")+"]", f.Pkg().Name()+"ꞏ"+f.Name())
	if isNew {
		l.lowerInstance(name, src.Info, fn, args)
	}
	return name
}
