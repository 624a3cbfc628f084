package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/athanor-ml/athanor/interp/rt"
	"github.com/athanor-ml/athanor/interp/typetext"
)

// The engine's own interfaces lose the type of what they hold, so it has only two kinds of interface left. An interface type
// of a compiled package (io.Reader, error) stays what it is and holds compiled values only. Every other one is interface{},
// and a value whose type a cell has made goes into it as a Val, which remembers the type. Conversions, assertions, type
// switches, comparisons and method calls are written out accordingly.

// isIface reports whether t is an interface.
func isIface(t types.Type) bool {
	if t == nil {
		return false
	}
	if _, param := types.Unalias(t).(*types.TypeParam); param {
		return false
	}
	return types.IsInterface(t)
}

// isNative reports whether the interface t is a compiled one.
func isNative(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || typetext.IsCell(n.Obj()) || n.Obj().Name() == "comparable" {
		return false
	}
	return n.Underlying().(*types.Interface).NumMethods() > 0
}

// made reports whether t involves a type that a cell has made.
func made(t types.Type) (found bool) {
	typetext.WalkTypes(t, func(n *types.Named) { found = found || typetext.IsCell(n.Obj()) }, func(s *types.Struct) {
		for f := range s.Fields() { // the engine gives such fields other names
			found = found || typetext.IsCell(f) && (!f.Exported() || f.Embedded())
		}
	})
	return found
}

// as lowers e for a place of type t, converting it to an interface where t is one.
func (l *lowerer) as(e ast.Expr, t types.Type) string {
	t = l.subst(t)
	et := l.subst(l.info.Types[e].Type)
	if !isIface(t) || et == nil {
		return l.expr(e)
	}
	if name := streamName(l.info, e); name != "" && l.typ(t) == l.engineWriter() {
		return l.helper(name) + "()"
	}
	return l.toIface(l.expr(e), et, t)
}

// engineWriter is the engine's name of io.Writer.
func (l *lowerer) engineWriter() string {
	if !l.im.Compiled("io") {
		return ""
	}
	return l.engineImport("io") + ".Writer"
}

// streamName is the helper that gives the cell's stream where e is os.Stdout or os.Stderr.
func streamName(info *types.Info, e ast.Expr) string {
	x, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	v, ok := info.Uses[x.Sel].(*types.Var)
	if !ok || v.Pkg() == nil || v.Pkg().Path() != "os" || v.Name() != "Stdout" && v.Name() != "Stderr" {
		return ""
	}
	return v.Name()
}

func isCommaOk(e ast.Expr) bool {
	switch ast.Unparen(e).(type) {
	case *ast.TypeAssertExpr, *ast.IndexExpr, *ast.UnaryExpr:
		return true
	}
	return false
}

// toIface converts x of type et to the interface t.
func (l *lowerer) toIface(x string, et, t types.Type) string {
	if b, ok := et.(*types.Basic); ok && b.Kind() == types.UntypedNil {
		return "nil"
	}
	switch {
	case isIface(et) && isNative(et) && isNative(t):
		if l.typ(et) == l.typ(t) {
			return x
		}
		return l.into(x, t)
	case isIface(et) && isNative(et):
		return l.helper("Open") + "(" + x + ")"
	case isIface(et) && isNative(t):
		return l.into(x, t)
	case isIface(et):
		return x
	}
	if made(et) {
		x = l.box(x, et)
		if isNative(t) {
			return l.into(x, t)
		}
		return x
	}
	if _, fn := et.Underlying().(*types.Signature); fn || isNative(t) {
		if isNative(t) {
			return l.into(x, t)
		}
		return l.helper("Any") + "(" + x + ")"
	}
	return x
}

// toAny lowers e as interface{}.
func (l *lowerer) toAny(e ast.Expr) string {
	et := l.subst(l.info.Types[e].Type)
	return l.toIface(l.expr(e), types.Default(et), types.NewInterfaceType(nil, nil))
}

// into converts an interface{} to the compiled interface t.
func (l *lowerer) into(x string, t types.Type) string {
	text := l.typ(t)
	name, isNew := l.instance("into "+text, "into")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(x interface{}) %s { var r %s; %s(&r, x); return r }\n", name, text, text, l.helper("Into"))
	}
	return name + "(" + x + ")"
}

func (l *lowerer) box(x string, t types.Type) string {
	return l.helper("Box") + "(" + strconv.Itoa(l.boxID(t)) + ", " + x + ")"
}

// typeKey is a text that is the same for identical types only; interfaces of cells, all interface{} in the engine, differ.
func (l *lowerer) typeKey(t types.Type) string {
	w := l.writer()
	plain := w.Named
	w.Named = func(n *types.Named) string {
		obj := n.Origin().Obj()
		if !typetext.IsCell(obj) || !types.IsInterface(n) {
			return plain(n)
		}
		key := ""
		if typetext.IsLocal(n) {
			key = fmt.Sprint("local", l.localID(obj))
		} else {
			key = l.scope.Type(obj.Name())
		}
		for a := range n.TypeArgs().Types() {
			key += "," + l.typeKey(a)
		}
		return key
	}
	w.Interface = func(t *types.Interface) string {
		m := l.methodKeys(t)
		return "interface{ " + strings.Join(m.Keys, "; ") + " }"
	}
	return w.Text(l.subst(t))
}

func (l *lowerer) methodKeys(t *types.Interface) *rt.MethodSet {
	m := &rt.MethodSet{}
	for f := range t.Methods() {
		m.Names, m.Keys = append(m.Names, f.Name()), append(m.Keys, f.Name()+l.signatureKey(f.Type().(*types.Signature)))
	}
	return m
}

func (l *lowerer) signatureKey(sig *types.Signature) string {
	return l.typeKey(types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic()))
}

// methodSetID is the number by which the runtime knows the methods of the interface t.
func (l *lowerer) methodSetID(t types.Type) int {
	inter := l.subst(t).Underlying().(*types.Interface)
	m := l.methodKeys(inter)
	key := strings.Join(m.Keys, ";")
	id, ok := l.setIDs[key]
	if !ok {
		id = l.rt.NewMethodSet(m)
		l.setIDs[key] = id
		l.sets = append(l.sets, inter)
	}
	return id
}

// boxType is what the runtime knows the type t by; it learns what t looks like and which methods it has.
func (l *lowerer) boxType(t types.Type) *rt.Type {
	key := l.typeKey(t)
	b := l.boxed[key]
	if b == nil {
		b = l.rt.NewType(typetext.RuntimeName(t))
		l.boxed[key] = b
		b.Shape = l.shapeOf(t)
		if p, ok := t.Underlying().(*types.Pointer); ok && (made(p.Elem()) || isIface(p.Elem())) {
			b.Elem = l.boxType(p.Elem())
			if isIface(p.Elem()) {
				b.ElemIface, b.ElemMethods = true, l.methodSetID(p.Elem())
			}
		}
	}
	l.bindMethods(b, t)
	return b
}

// boxID is the number of the type t.
func (l *lowerer) boxID(t types.Type) int { return l.boxType(t).ID }

// bindMethods tells the runtime the methods of t, once.
func (l *lowerer) bindMethods(b *rt.Type, t types.Type) {
	if l.bound[b] || l.binding[b] || isIface(t) {
		return
	}
	l.binding[b] = true
	ms := types.NewMethodSet(t)
	for sel := range ms.Methods() {
		if f, ok := sel.Obj().(*types.Func); !ok || !f.Exported() && !typetext.IsCell(f) {
			continue
		}
		o := l.outer()
		sig := sel.Type().(*types.Signature)
		if typetext.IsCell(sel.Obj()) && !isIface(sel.Obj().Type().(*types.Signature).Recv().Type()) && o.missing(sel) {
			continue
		}
		o.info = l.info
		ps, as := o.paramList(sig)
		ps = append([]string{"rꞏ " + o.typ(t)}, ps...)
		call := o.methodCall("rꞏ", t, sel, as)
		if sig.Results().Len() > 0 {
			call = "return " + call
		}
		b.SetSignature(sel.Obj().Name(), sel.Obj().Name()+l.signatureKey(sig))
		l.bindings = append(l.bindings, fmt.Sprintf("%s(%d, %q, func(%s)%s { %s%s })",
			l.helper("Method"), b.ID, sel.Obj().Name(), strings.Join(ps, ", "), o.writer().Results(sig.Results()), o.through(sel.Obj().Name()), call))
	}
}

// missing reports whether a cell's method is known to the checker but not declared, as after a type has been made anew.
func (l *lowerer) missing(sel *types.Selection) bool {
	recv := sel.Obj().(*types.Func).Type().(*types.Signature).Recv().Type()
	m, ok := l.scope.Func(typetext.BaseName(recv) + "." + sel.Obj().Name())
	return !ok || m.Generic && m.Info == nil
}

// paramList writes the parameters of sig with names, and the arguments that pass them on.
func (l *lowerer) paramList(sig *types.Signature) (params, args []string) {
	for i := range sig.Params().Len() {
		name := fmt.Sprintf("aꞏ%d", i)
		params = append(params, name+" "+l.writer().ParamType(sig, i))
		if sig.Variadic() && i == sig.Params().Len()-1 {
			name += "..."
		}
		args = append(args, name)
	}
	return params, args
}

// shapeOf describes t for printing.
func (l *lowerer) shapeOf(t types.Type) *rt.Shape {
	key := l.typeKey(t)
	if sh := l.shapes[key]; sh != nil {
		return sh
	}
	sh := &rt.Shape{Name: typetext.RuntimeName(t)}
	l.shapes[key] = sh
	if !made(t) {
		return sh
	}
	sh.Made = true
	if n, ok := types.Unalias(t).(*types.Named); ok && !isIface(n) {
		sh.Type = l.boxType(t)
		sh.Ptr = l.boxType(types.NewPointer(t))
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok && IsNamedCell(p.Elem()) && !isIface(p.Elem()) {
		sh.Type = l.boxType(t)
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			sh.Fields = append(sh.Fields, f.Name())
			sh.Hidden = append(sh.Hidden, !f.Exported())
			sh.Embedded = append(sh.Embedded, f.Embedded())
			sh.Parts = append(sh.Parts, l.shapeOf(l.subst(f.Type())))
		}
	case *types.Map:
		sh.Parts = []*rt.Shape{l.shapeOf(u.Key()), l.shapeOf(u.Elem())}
	case *types.Pointer, *types.Slice, *types.Array:
		sh.Parts = []*rt.Shape{l.shapeOf(elemOf(u))}
	}
	return sh
}

// callIface calls a method of an interface value that is not a compiled interface.
func (l *lowerer) callIface(x string, f *types.Func) string {
	sig := l.subst(f.Type().(*types.Signature)).(*types.Signature)
	sig = types.NewSignatureType(nil, nil, nil, sig.Params(), sig.Results(), sig.Variadic())
	text := l.writer().Signature(sig)
	through := l.through(f.Name())
	name, isNew := l.instance("call "+through+f.Name()+text, "call"+f.Name())
	if isNew {
		ps, as := l.paramList(sig)
		ret := ""
		if sig.Results().Len() > 0 {
			ret = "return "
		}
		fmt.Fprintf(&l.text, "func %s(%s)%s { %svar f func%s; %s(&f, x, %q); %sf(%s) }\n", name,
			strings.Join(append([]string{"x interface{}"}, ps...), ", "), l.writer().Results(sig.Results()), through, text, l.helper("Bind"), f.Name(), ret, strings.Join(as, ", "))
	}
	return name
}

// assert is the engine's function that iterations an interface{} into a value of t: with a bool when ok is set, else it
// panics where it cannot.
func (l *lowerer) assert(t types.Type, ok bool, from types.Type) string {
	t = l.subst(t)
	text := l.typ(t)
	get := ""
	switch {
	case isIface(t) && !isNative(t):
		get = fmt.Sprintf("%s(x, %d)", l.helper("Has"), l.methodSetID(t))
	case isIface(t):
		get = l.helper("Get") + "(&v, -2, x)"
	case made(t):
		get = fmt.Sprintf("%s(&v, %d, x)", l.helper("Get"), l.boxID(t))
	default:
		get = l.helper("Get") + "(&v, -1, x)"
	}
	set := ""
	if isIface(t) && !isNative(t) {
		set = "; v = x"
	}
	inter := "interface" // what Go's message says of it
	if !ok && !isIface(t) {
		inter = typetext.RuntimeName(from)
	}
	name, isNew := l.instance(fmt.Sprintf("assert %t %s %s", ok, l.typeKey(t), inter), "assert")
	if !isNew {
		return name
	}
	if ok {
		zero := "return v, ok"
		if set != "" {
			zero = "if ok { return x, true }; return v, false"
		}
		fmt.Fprintf(&l.text, "func %s(x interface{}) (%s, bool) { var v %s; ok := %s; %s }\n", name, text, text, get, zero)
		return name
	}
	wanted := -1
	if isIface(t) {
		wanted = l.methodSetID(t)
	}
	fmt.Fprintf(&l.text, "func %s(x interface{}) %s { var v %s; if !%s { %s(x, %q, %q, %d) }%s; return v }\n", name, text, text, get, l.helper("Fail"), inter, typetext.RuntimeName(t), wanted, set)
	return name
}

// typeAssert lowers x.(T).
func (l *lowerer) typeAssert(e *ast.TypeAssertExpr) string {
	_, commaOk := l.info.Types[e].Type.(*types.Tuple)
	return l.assert(l.info.Types[e.Type].Type, commaOk, l.subst(l.info.Types[e.X].Type)) + "(" + l.toAny(e.X) + ")"
}

// equal lowers == and != where an operand is an interface.
func (l *lowerer) equal(e *ast.BinaryExpr) (string, bool) {
	xt, yt := l.subst(l.info.Types[e.X].Type), l.subst(l.info.Types[e.Y].Type)
	if !isIface(xt) && !isIface(yt) {
		return "", false
	}
	if isUntypedNil(xt) || isUntypedNil(yt) {
		if l.isConversion(e.X) || l.isConversion(e.Y) { // the engine looks at what is converted
			return l.equalTo(e.Op, l.toAny(e.X), l.toAny(e.Y)), true
		}
		return "(" + l.expr(e.X) + " " + e.Op.String() + " " + l.expr(e.Y) + ")", true
	}
	return l.equalTo(e.Op, l.toAny(e.X), l.toAny(e.Y)), true
}

func (l *lowerer) equalTo(op token.Token, x, y string) string {
	not := ""
	if op == token.NEQ {
		not = "!"
	}
	return not + l.helper("Eq") + "(" + x + ", " + y + ")"
}

func (l *lowerer) isConversion(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && l.info.Types[ast.Unparen(call.Fun)].IsType()
}

func isUntypedNil(t types.Type) bool {
	b, ok := t.(*types.Basic)
	return ok && b.Kind() == types.UntypedNil
}

// typeSwitch lowers a type switch to a switch over conditions.
func (l *lowerer) typeSwitch(b *strings.Builder, st *ast.TypeSwitchStmt, label string) {
	b.WriteString("{\n" + l.simple(st.Init) + "\n")
	x, bind := switchOperand(st)
	xt := l.subst(l.info.Types[x].Type)
	orig, v := l.temp("o"), l.temp("v")
	fmt.Fprintf(b, "var %s %s = %s\nvar %s interface{} = %s\n_ = %s\n", orig, l.typ(xt), l.expr(x), v, l.toIface(orig, xt, types.NewInterfaceType(nil, nil)), orig)
	f := &frame{label: label}
	l.push(f)
	var body strings.Builder
	for _, c := range st.Body.List {
		cc := c.(*ast.CaseClause)
		var conds []string
		for _, e := range cc.List {
			conds = append(conds, l.typeCase(e, v))
		}
		if cc.List == nil {
			body.WriteString("default:\n")
		} else {
			body.WriteString("case " + strings.Join(conds, " || ") + ":\n")
		}
		if obj := l.info.Implicits[cc]; bind != "" && obj != nil && mentions(cc.Body, bind) {
			value := orig
			if len(cc.List) == 1 && !isUntypedNil(l.info.Types[cc.List[0]].Type) {
				value = l.assert(obj.Type(), false, xt) + "(" + v + ")"
			}
			fmt.Fprintf(&body, "var %s %s = %s\n_ = %s\n", l.local(obj), l.typ(obj.Type()), value, l.local(obj))
		}
		l.clauseBlock(&body, cc.Body)
	}
	l.pop()
	b.WriteString(labelText(f.label) + "switch {\n" + body.String() + "}\n}")
}

func switchOperand(st *ast.TypeSwitchStmt) (x ast.Expr, bind string) {
	switch a := st.Assign.(type) {
	case *ast.ExprStmt:
		return ast.Unparen(a.X).(*ast.TypeAssertExpr).X, ""
	case *ast.AssignStmt:
		return ast.Unparen(a.Rhs[0]).(*ast.TypeAssertExpr).X, a.Lhs[0].(*ast.Ident).Name
	}
	return nil, ""
}

// typeCase is the condition of one type in a type switch.
func (l *lowerer) typeCase(e ast.Expr, v string) string {
	t := l.info.Types[e].Type
	if isUntypedNil(t) {
		return v + " == nil"
	}
	name, isNew := l.instance("is "+l.typeKey(l.subst(t)), "is")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(x interface{}) bool { _, ok := %s(x); return ok }\n", name, l.assert(t, true, nil))
	}
	return name + "(" + v + ")"
}

// mentions reports whether a name stands in some statements.
func mentions(list []ast.Stmt, name string) (found bool) {
	for _, st := range list {
		ast.Inspect(st, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			found = found || ok && id.Name == name
			return !found
		})
	}
	return found
}
