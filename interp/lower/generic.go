package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// The engine's generics are half there, so none reach it: each use of a generic function or type with certain type
// arguments becomes a function or type of its own.

// substitute replaces type parameters by what env says.
func (l *lowerer) substitute(t types.Type) types.Type {
	sub := l.substitute
	switch t := t.(type) {
	case *types.TypeParam:
		if r := l.env[t]; r != nil {
			return r
		}
	case *types.Alias:
		return sub(types.Unalias(t))
	case *types.Named:
		if t.TypeArgs().Len() == 0 {
			return l.substLocal(t)
		}
		args := make([]types.Type, 0, t.TypeArgs().Len())
		for a := range t.TypeArgs().Types() {
			args = append(args, sub(a))
		}
		if n, err := types.Instantiate(nil, t.Origin(), args, false); err == nil {
			return n
		}
	case *types.Pointer:
		return types.NewPointer(sub(t.Elem()))
	case *types.Slice:
		return types.NewSlice(sub(t.Elem()))
	case *types.Array:
		return types.NewArray(sub(t.Elem()), t.Len())
	case *types.Map:
		return types.NewMap(sub(t.Key()), sub(t.Elem()))
	case *types.Chan:
		return types.NewChan(t.Dir(), sub(t.Elem()))
	case *types.Tuple:
		return l.substTuple(t)
	case *types.Signature:
		return types.NewSignatureType(nil, nil, nil, l.substTuple(t.Params()), l.substTuple(t.Results()), t.Variadic())
	case *types.Struct:
		var fields []*types.Var
		var tags []string
		for i := range t.NumFields() {
			f := t.Field(i)
			fields = append(fields, types.NewField(f.Pos(), f.Pkg(), f.Name(), sub(f.Type()), f.Embedded()))
			tags = append(tags, t.Tag(i))
		}
		return types.NewStruct(fields, tags)
	case *types.Interface:
		var ms []*types.Func
		for m := range t.Methods() {
			ms = append(ms, types.NewFunc(m.Pos(), m.Pkg(), m.Name(), sub(m.Type()).(*types.Signature)))
		}
		return types.NewInterfaceType(ms, nil).Complete()
	}
	return t
}

func (l *lowerer) substTuple(t *types.Tuple) *types.Tuple {
	vars := make([]*types.Var, 0, t.Len())
	for v := range t.Variables() {
		vars = append(vars, types.NewParam(v.Pos(), v.Pkg(), v.Name(), l.substitute(v.Type())))
	}
	return types.NewTuple(vars...)
}

// substLocal makes a type of its own of one that is declared in the generic function being lowered: it may leave the function,
// as a type argument.
func (l *lowerer) substLocal(n *types.Named) types.Type {
	obj := n.Obj()
	if !typetext.IsLocal(n) || !l.encloses(obj) {
		return n
	}
	key := localKey{obj, l.envText()}
	if made := l.locals[key]; made != nil {
		return made
	}
	params := make([]types.Type, len(l.env))
	for p, t := range l.env {
		params[p.Index()] = t
	}
	var args []string
	for _, t := range params {
		args = append(args, typetext.PathName(t))
	}
	name := types.NewTypeName(obj.Pos(), obj.Pkg(), obj.Name()+"["+strings.Join(args, ",")+"]", nil)
	types.NewScope(nil, token.NoPos, token.NoPos, "").Insert(name)
	made := types.NewNamed(name, nil, nil)
	l.locals[key] = made
	made.SetUnderlying(l.substitute(n.Underlying()))
	return made
}

// A localKey is a type that is declared in a generic function, and what the type parameters around it stand for.
type localKey struct {
	obj *types.TypeName
	env string
}

// typeArgs substitutes a list of type arguments, and writes it such that the text tells instances apart.
func (l *lowerer) typeArgs(list *types.TypeList) (args []types.Type, text string) {
	var ts []string
	for a := range list.Types() {
		a = l.subst(a)
		args = append(args, a)
		ts = append(ts, l.outer().typeKey(a))
	}
	return args, strings.Join(ts, ",")
}

// instance returns the engine's name of what key stands for, and whether it is new.
func (u *Unit) instance(key, base string) (name string, isNew bool) {
	if name := u.instances[key]; name != "" {
		return name, false
	}
	if name := u.local[key]; name != "" {
		return name, false
	}
	name = u.Version(base)
	u.local[key] = name
	return name, true
}

// funcInstance is the engine's name of a generic function with certain type arguments.
func (l *lowerer) funcInstance(id *ast.Ident, f *types.Func, inst types.Instance) string {
	args, text := l.typeArgs(inst.TypeArgs)
	if !typetext.IsCell(f) {
		return l.sourceFunc(f, args)
	}
	d, ok := l.scope.Func(f.Name())
	if !ok || d.Info == nil {
		if d.Pending != "" {
			l.refuse(id, "%s cannot be used yet: %s", f.Name(), d.Pending)
		}
		l.refuse(id, "%s is generic and declared in this cell together with what it needs: declare it in a cell of its own", f.Name())
	}
	name, isNew := l.instance(d.Name+"["+text+"]", f.Name())
	if isNew {
		l.lowerInstance(name, d.Info, d.Decl, args)
	}
	return name
}

func (l *lowerer) lowerInstance(name string, info *types.Info, fn *ast.FuncDecl, args []types.Type) {
	in := l.newLowerer(info)
	in.env = map[*types.TypeParam]types.Type{}
	sig := info.Defs[fn.Name].Type().(*types.Signature)
	params := sig.TypeParams()
	if sig.Recv() != nil {
		params = sig.RecvTypeParams()
	}
	for i := range params.Len() {
		in.env[params.At(i)] = args[i]
	}
	text := in.function(name, fn)
	l.text.WriteString(text)
}

// typeInstance is the engine's name of a generic type with certain type arguments. Its methods come with it.
func (l *lowerer) typeInstance(n *types.Named) string {
	n = l.subst(n).(*types.Named)
	_, text := l.typeArgs(n.TypeArgs())
	emitted := l.scope.Type(n.Obj().Name())
	if emitted == "" {
		panic(unsupported{Diagnostic{Msg: "type " + n.Obj().Name() + " is no longer declared"}})
	}
	key := emitted + "[" + text + "]"
	name, isNew := l.instance(key, n.Obj().Name())
	if !isNew {
		return name
	}
	l.refuseEndless(n)
	o := l.outer()
	o.declareType(name, types.TypeString(n, typetext.Plain), n.Underlying())
	return name
}

// declareType adds a named type to the engine.
func (l *lowerer) declareType(name, plain string, under types.Type) {
	var text string
	if st, ok := under.(*types.Struct); ok {
		text = l.writer().Struct(st, name)
		l.structs = append(l.structs, structDecl{name, plain, l.structRefs(st, true)})
	} else {
		text = l.typ(under)
	}
	fmt.Fprintf(&l.types, "type %s %s\n", name, text)
}

// methodName is the engine's name of the function behind method of the cell type n.
func (l *lowerer) methodName(n *types.Named, method string) string {
	obj := n.Origin().Obj()
	if n.TypeArgs().Len() > 0 {
		n = l.subst(n).(*types.Named)
		_, text := l.typeArgs(n.TypeArgs())
		name, isNew := l.instance(l.scope.Type(obj.Name())+"["+text+"]."+method, obj.Name()+"ꞏ"+method)
		if isNew { // a method that was added after the instance was made
			if m, ok := l.scope.Func(obj.Name() + "." + method); ok && m.Info != nil {
				args, _ := l.typeArgs(n.TypeArgs())
				l.lowerInstance(name, m.Info, m.Decl, args)
			}
		}
		return name
	}
	m, ok := l.scope.Func(obj.Name() + "." + method)
	if !ok {
		panic(unsupported{Diagnostic{Msg: "method " + obj.Name() + "." + method + " is not declared"}})
	}
	return m.Name
}

// localType declares a type of a function body in the engine, once for each set of type arguments around it.
func (l *lowerer) localType(n *types.Named) string {
	n = l.subst(n).(*types.Named)
	obj := n.Origin().Obj()
	key := fmt.Sprintf("local %d ", l.localID(obj))
	if n.TypeArgs().Len() > 0 {
		_, text := l.typeArgs(n.TypeArgs())
		key += "[" + text + "]"
	}
	base, _, _ := strings.Cut(obj.Name(), "[")
	name, isNew := l.instance(key, base)
	if isNew {
		l.refuseEndless(n)
		l.declareType(name, obj.Name(), n.Underlying())
	}
	return name
}

// localID is the number of a type that is declared in a function.
func (l *lowerer) localID(obj *types.TypeName) int {
	if l.localIDs[obj] == 0 {
		l.localIDs[obj] = len(l.localIDs) + 1
	}
	return l.localIDs[obj]
}

// encloses reports whether obj is declared inside the function whose type parameters have types here.
func (l *lowerer) encloses(obj *types.TypeName) bool {
	for p := range l.env {
		for sc := obj.Parent(); sc != nil; sc = sc.Parent() {
			if sc == p.Obj().Parent() {
				return true
			}
		}
		break
	}
	return false
}

func (l *lowerer) envText() string {
	if l.envKey == "" && len(l.env) > 0 {
		var ts []string
		for p, t := range l.env {
			ts = append(ts, fmt.Sprintf("%d=%s", p.Index(), l.outer().typeKey(t)))
		}
		l.envKey = strings.Join(slices.Sorted(slices.Values(ts)), ",")
	}
	return l.envKey
}
