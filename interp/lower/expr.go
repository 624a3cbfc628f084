package lower

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strconv"
	"strings"

	"github.com/athanor-ml/athanor/interp/rt"
	"github.com/athanor-ml/athanor/interp/typetext"
)

// expr lowers an expression.
func (l *lowerer) expr(e ast.Expr) string {
	tv := l.info.Types[e]
	if tv.Value != nil && !tv.IsType() {
		return l.constant(tv.Value, l.subst(tv.Type))
	}
	if tv.IsType() {
		return l.typ(tv.Type)
	}
	switch e := e.(type) {
	case *ast.Ident:
		return l.ident(e)
	case *ast.ParenExpr:
		return l.paren(e)
	case *ast.FuncLit:
		sig := l.info.Types[e].Type.(*types.Signature)
		return "func" + l.funcText("", e, nil, e.Type, sig, e.Body)
	case *ast.CompositeLit:
		return l.composite(e)
	case *ast.SelectorExpr:
		return l.selector(e)
	case *ast.IndexExpr:
		if id, inst := l.instanceIdent(e.X); inst {
			return l.ident(id)
		}
		return l.expr(e.X) + "[" + l.index(e) + "]"
	case *ast.IndexListExpr:
		id, _ := l.instanceIdent(e.X)
		return l.ident(id)
	case *ast.SliceExpr:
		return l.slice(e)
	case *ast.StarExpr:
		if _, fn := l.subst(tv.Type).Underlying().(*types.Signature); fn {
			l.refuse(e, "a pointer to a function cannot be followed in cells: point to a struct with the function in a field")
		}
		return "*" + l.expr(e.X)
	case *ast.UnaryExpr:
		return l.unary(e)
	case *ast.BinaryExpr:
		return l.binary(e)
	case *ast.TypeAssertExpr:
		return l.typeAssert(e)
	case *ast.CallExpr:
		return l.call(e)
	case *ast.KeyValueExpr:
		return l.expr(e.Key) + ": " + l.expr(e.Value)
	}
	l.refuse(e, "%T is not supported in cells", e)
	return ""
}

// paren lowers a parenthesized operand. The engine stumbles over parentheses that are not needed.
func (l *lowerer) paren(e *ast.ParenExpr) string {
	x := ast.Unparen(e)
	switch x.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.CallExpr, *ast.BinaryExpr, *ast.UnaryExpr, *ast.TypeAssertExpr, *ast.SliceExpr:
		return l.expr(x)
	}
	return "(" + l.expr(x) + ")"
}

// index lowers the index of an index expression; map keys may be interfaces.
func (l *lowerer) index(e *ast.IndexExpr) string {
	if m, ok := l.subst(l.info.Types[e.X].Type).Underlying().(*types.Map); ok {
		if isUntypedNil(l.info.Types[e.Index].Type) && !isIface(l.subst(m.Key())) {
			return l.nilOf(l.subst(m.Key()))
		}
		return l.as(e.Index, m.Key())
	}
	return l.expr(e.Index)
}

// instanceIdent finds the identifier that names a generic function being instantiated.
func (l *lowerer) instanceIdent(e ast.Expr) (*ast.Ident, bool) {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		_, ok := l.info.Instances[x]
		return x, ok
	case *ast.SelectorExpr:
		_, ok := l.info.Instances[x.Sel]
		return x.Sel, ok
	}
	return nil, false
}

func (l *lowerer) ident(id *ast.Ident) string {
	if id.Name == "_" {
		return "_"
	}
	obj := l.info.Uses[id]
	if obj == nil {
		obj = l.info.Defs[id]
	}
	switch obj := obj.(type) {
	case *types.Nil:
		return "nil"
	case *types.Var:
		return l.variable(obj)
	case *types.Func:
		return l.funcValue(id, obj)
	case *types.TypeName:
		return l.typ(obj.Type())
	case nil:
		l.refuse(id, "%s is not known", id.Name)
	}
	return l.local(obj)
}

func (l *lowerer) variable(v *types.Var) string {
	if name, ok := l.vars[v]; ok {
		return name
	}
	if v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		if typetext.IsCell(v) {
			scope := l.scope
			if l.vars != nil { // the cell's own statements: an older object than what they declare
				scope = l.before
			}
			if name := scope.Var(v.Name()); name != "" {
				return name
			}
		}
		if l.im.Compiled(v.Pkg().Path()) {
			return l.engineImport(v.Pkg().Path()) + "." + v.Name()
		}
	}
	return l.local(v)
}

// funcValue names a function that is declared in a package.
func (l *lowerer) funcValue(id *ast.Ident, f *types.Func) string {
	if inst, ok := l.info.Instances[id]; ok {
		return l.funcInstance(id, f, inst)
	}
	switch {
	case typetext.IsCell(f):
		if d, ok := l.scope.Func(f.Name()); ok {
			return d.Name
		}
		l.refuse(id, "%s is not declared", f.Name())
	case l.im.IsSource(f.Pkg()) && rt.Replaced[f.Pkg().Path()+"."+f.Name()] == "":
		return l.sourceFunc(f, nil)
	}
	if name := rt.Replaced[f.Pkg().Path()+"."+f.Name()]; name != "" {
		return l.helper(name)
	}
	return l.engineImport(f.Pkg().Path()) + "." + f.Name()
}

// constant writes a constant of type t.
func (l *lowerer) constant(v constant.Value, t types.Type) string {
	t = types.Default(t)
	b, ok := t.Underlying().(*types.Basic)
	if !ok { // converted to an interface
		switch v.Kind() {
		case constant.Bool:
			b = types.Typ[types.Bool]
		case constant.String:
			b = types.Typ[types.String]
		case constant.Int:
			b = types.Typ[types.Int]
		case constant.Float:
			b = types.Typ[types.Float64]
		default:
			b = types.Typ[types.Complex128]
		}
		t = b
	}
	text := literal(v, b)
	if _, plain := t.(*types.Basic); plain && (b.Kind() == types.Int || b.Kind() == types.String || b.Kind() == types.Bool) {
		return text
	}
	return l.typ(t) + "(" + text + ")"
}

// literal writes v in the plainest form that has b's range.
func literal(v constant.Value, b *types.Basic) string {
	switch info := b.Info(); {
	case info&types.IsBoolean != 0:
		return strconv.FormatBool(constant.BoolVal(v))
	case info&types.IsString != 0:
		return strconv.Quote(constant.StringVal(v))
	case info&types.IsInteger != 0:
		v = constant.ToInt(v)
		if i, exact := constant.Int64Val(v); exact {
			if i == math.MinInt64 {
				return "(-9223372036854775807 - 1)"
			}
			if i < 0 {
				return "(" + strconv.FormatInt(i, 10) + ")"
			}
			return strconv.FormatInt(i, 10)
		}
		return v.ExactString()
	case info&types.IsFloat != 0:
		f, _ := constant.Float64Val(constant.ToFloat(v))
		return floatText(f, b)
	}
	re, _ := constant.Float64Val(constant.Real(v))
	im, _ := constant.Float64Val(constant.Imag(v))
	return "complex(" + floatText(re, b) + ", " + floatText(im, b) + ")"
}

func floatText(f float64, b *types.Basic) string {
	bits := 64
	if b.Kind() == types.Float32 {
		bits = 32
	}
	s := strconv.FormatFloat(f, 'g', -1, bits)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	if f < 0 {
		s = "(" + s + ")"
	}
	return s
}

// composite lowers a composite literal; elements whose type is left out get it, fields get their names.
func (l *lowerer) composite(e *ast.CompositeLit) string {
	t := l.subst(l.info.Types[e].Type)
	prefix := ""
	if p, ok := t.Underlying().(*types.Pointer); ok {
		prefix, t = "&", p.Elem()
	}
	var parts []string
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for i, el := range e.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok {
				name := kv.Key.(*ast.Ident).Name
				parts = append(parts, name+": "+l.as(kv.Value, fieldType(u, name)))
			} else {
				f := u.Field(i)
				x := l.as(el, f.Type())
				if f.Name() == "_" {
					x = l.zeroOf(l.subst(f.Type()), x)
				}
				parts = append(parts, typetext.FieldName(f, i)+": "+x)
			}
		}
	case *types.Map:
		for _, el := range e.Elts {
			kv := el.(*ast.KeyValueExpr)
			parts = append(parts, l.as(kv.Key, u.Key())+": "+l.loadedAs(kv.Value, u.Elem()))
		}
	default:
		elem := elemOf(u)
		for _, el := range e.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok {
				parts = append(parts, l.expr(kv.Key)+": "+l.as(kv.Value, elem))
			} else {
				parts = append(parts, l.as(el, elem))
			}
		}
	}
	body := strings.Join(parts, ", ")
	return prefix + l.typ(t) + "{" + body + "}"
}

// zeroOf evaluates x, of type t, and is the zero value: a blank field keeps nothing.
func (l *lowerer) zeroOf(t types.Type, x string) string {
	text := l.typ(t)
	name, isNew := l.instance("zero "+text, "zero")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(%s) %s { var z %s; return z }\n", name, text, text, text)
	}
	return name + "(" + x + ")"
}

func fieldType(s *types.Struct, name string) types.Type {
	for f := range s.Fields() {
		if f.Name() == name {
			return f.Type()
		}
	}
	return nil
}

func elemOf(t types.Type) types.Type {
	if e, ok := t.(interface{ Elem() types.Type }); ok {
		return e.Elem()
	}
	return nil
}

func (l *lowerer) slice(e *ast.SliceExpr) string {
	opt := func(x ast.Expr) string {
		if x == nil {
			return ""
		}
		return l.expr(x)
	}
	s := l.expr(e.X) + "[" + opt(e.Low) + ":" + opt(e.High)
	if e.Slice3 {
		s += ":" + opt(e.Max)
	}
	return s + "]"
}

func (l *lowerer) unary(e *ast.UnaryExpr) string {
	if e.Op == token.TILDE {
		l.refuse(e, "~ belongs in constraints only")
	}
	if e.Op == token.ARROW {
		return l.receive(e.X, false)
	}
	if ix, ok := ast.Unparen(e.X).(*ast.IndexExpr); ok && e.Op == token.AND {
		if t := l.subst(l.info.Types[ix.X].Type); isPointer(t) { // to an array: the engine takes no address through it
			return "(&" + l.expr(ix.X) + "[:][" + l.index(ix) + "])"
		}
	}
	return "(" + e.Op.String() + l.expr(e.X) + ")"
}

func (l *lowerer) binary(e *ast.BinaryExpr) string {
	if e.Op == token.EQL || e.Op == token.NEQ {
		if s, ok := l.equal(e); ok {
			return s
		}
	}
	if e.Op == token.SHL || e.Op == token.SHR {
		return "(" + l.expr(e.X) + " " + e.Op.String() + " " + l.shiftCount(e.Y) + ")"
	}
	x, y := l.expr(e.X), l.expr(e.Y)
	if isString(l.subst(l.info.Types[e.X].Type)) {
		x, y = l.loaded(e.X, x), l.loaded(e.Y, y)
	}
	if e.Op == token.LAND || e.Op == token.LOR {
		x = l.apart(e.X, x, l.typ(types.Default(l.subst(l.info.Types[e.X].Type))))
	}
	return "(" + x + " " + e.Op.String() + " " + y + ")"
}

// loaded is the value of e, text, for where the engine would not notice that it follows a nil pointer: in operators on
// strings, and for what goes into a map.
func (l *lowerer) loaded(e ast.Expr, text string) string {
	if !l.derefs(e) {
		return text
	}
	t := l.typ(l.subst(l.info.Types[e].Type))
	name, isNew := l.instance("load "+t, "load")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(v %s) %s { return v }\n", name, t, t)
	}
	return name + "(" + text + ")"
}

// loadedAs is loaded for e in a place of type t.
func (l *lowerer) loadedAs(e ast.Expr, t types.Type) string {
	t = l.subst(t)
	if !l.derefs(e) {
		return l.as(e, t)
	}
	return l.convert(l.loaded(e, l.expr(e)), l.subst(l.info.Types[e].Type), t)
}

// derefs reports whether the last thing that e does may be to follow a pointer.
func (l *lowerer) derefs(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.StarExpr:
		return true
	case *ast.SelectorExpr:
		sel := l.info.Selections[e]
		return sel != nil && sel.Kind() == types.FieldVal && (sel.Indirect() || l.derefs(e.X))
	case *ast.IndexExpr:
		switch t := l.subst(l.info.Types[e.X].Type); t.Underlying().(type) {
		case *types.Pointer:
			return true
		case *types.Array:
			return l.derefs(e.X)
		}
	}
	return false
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// apart puts a condition that has a composite literal in it, text of type t, into a function of its own. In the first operand of && or ||
// the engine would end the function around it after the literal, silently.
func (l *lowerer) apart(cond ast.Expr, text, t string) string {
	found := false
	ast.Inspect(cond, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.CompositeLit:
			found = true
		case *ast.FuncLit:
			return false
		}
		return !found
	})
	if !found {
		return text
	}
	return "func() " + t + " { return " + text + " }()"
}

// shiftCount lowers the right operand of a shift, which must not be negative.
func (l *lowerer) shiftCount(e ast.Expr) string {
	t := l.subst(l.info.Types[e].Type)
	b, ok := t.Underlying().(*types.Basic)
	if v := l.info.Types[e].Value; v != nil && ok && b.Info()&types.IsInteger == 0 {
		return l.constant(constant.ToInt(v), types.Typ[types.Uint])
	}
	if l.info.Types[e].Value != nil || !ok {
		return l.expr(e)
	}
	if b.Info()&types.IsUnsigned != 0 {
		return "uint(" + l.expr(e) + ")" // the engine wants both of one type
	}
	text := l.typ(t)
	name, isNew := l.instance("shift "+text, "shift")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(n %s) uint { if n < 0 { %s() }; return uint(n) }\n", name, text, l.helper("NegativeShift"))
	}
	return name + "(" + l.expr(e) + ")"
}

// selector lowers x.y: a name of a package, a field, a method value or a method expression.
func (l *lowerer) selector(e *ast.SelectorExpr) string {
	sel := l.info.Selections[e]
	if sel == nil {
		return l.qualified(e)
	}
	switch sel.Kind() {
	case types.FieldVal:
		return l.path(l.expr(e.X), l.subst(l.info.Types[e.X].Type), sel.Index())
	case types.MethodVal:
		return l.methodValue(e, sel)
	default:
		return l.methodExpr(e, sel)
	}
}

func (l *lowerer) qualified(e *ast.SelectorExpr) string {
	switch obj := l.info.Uses[e.Sel].(type) {
	case *types.Func:
		return l.funcValue(e.Sel, obj)
	case *types.Var:
		return l.variable(obj)
	}
	l.refuse(e, "%s cannot be used here", e.Sel.Name)
	return ""
}

// path selects the field at index, through embedded structs.
func (l *lowerer) path(x string, t types.Type, index []int) string {
	for _, i := range index {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		f := t.Underlying().(*types.Struct).Field(i)
		x, t = x+"."+typetext.FieldName(f, i), l.subst(f.Type())
	}
	return x
}

// methodExpr lowers T.M to a function literal.
func (l *lowerer) methodExpr(e *ast.SelectorExpr, sel *types.Selection) string {
	sig := l.subst(sel.Type()).(*types.Signature) // the receiver is the first parameter
	ps, as := l.paramList(sig)
	through := l.through(sel.Obj().Name())
	call := l.methodCall("aꞏ0", l.subst(sel.Recv()), sel, as[1:])
	if sig.Results().Len() > 0 {
		call = "return " + call
	}
	return "func(" + strings.Join(ps, ", ") + ")" + l.writer().Results(sig.Results()) + " { " + through + call + " }"
}

// methodValue lowers x.M that is not called: the receiver is evaluated now.
func (l *lowerer) methodValue(e *ast.SelectorExpr, sel *types.Selection) string {
	recv := l.subst(l.info.Types[e.X].Type)
	x, t := l.adjustPath(l.expr(e.X), recv, sel.Index())
	fn := sel.Obj().(*types.Func)
	if r := fn.Type().(*types.Signature).Recv().Type(); (typetext.IsCell(fn) || l.isSourceMethod(fn)) && !isIface(r) {
		x, t = toReceiver(x, t, r)
	} else if isPointer(r) && !isIface(t) { // the engine's own method values take the receiver as an argument
		x, t = toReceiver(x, t, r)
	}
	sig := l.subst(sel.Type()).(*types.Signature)
	ps, as := l.paramList(sig)
	r := l.temp("x")
	call := l.dispatch(r, t, fn) + strings.Join(as, ", ") + ")"
	if sig.Results().Len() > 0 {
		call = "return " + call
	}
	check := ""
	if isIface(t) {
		check = "if " + r + " == nil { " + l.helper("NilIface") + "() }; "
	}
	fnType := "func(" + strings.Join(ps, ", ") + ")" + l.writer().Results(sig.Results())
	return fmt.Sprintf("func(%s %s) func%s { %sreturn %s { %s%s } }(%s)", r, l.typ(t), l.writer().Signature(sig), check, fnType, l.through(fn.Name()), call, x)
}

// dispatch is the start of a call of method fn on x, which has the type that the method wants: up to the place of the
// first argument.
func (l *lowerer) dispatch(x string, t types.Type, fn *types.Func) string {
	r := fn.Type().(*types.Signature).Recv().Type()
	comma := ", "
	if fn.Type().(*types.Signature).Params().Len() == 0 {
		comma = ""
	}
	switch {
	case l.isSourceMethod(fn):
		return l.sourceMethod(t, fn) + "(" + x + comma
	case typetext.IsCell(fn) && !isIface(r):
		return l.methodNameOf(t, fn.Name()) + "(" + x + comma
	case isIface(t) && !isNative(t):
		return l.callIface(x, fn) + "(" + x + comma
	}
	return x + "." + fn.Name() + "("
}
