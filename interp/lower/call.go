package lower

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strconv"
	"strings"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// call lowers a call, a conversion or a builtin.
func (l *lowerer) call(e *ast.CallExpr) string {
	fun := ast.Unparen(e.Fun)
	tv := l.info.Types[fun]
	switch {
	case tv.IsType():
		return l.conversion(e, l.subst(tv.Type))
	case tv.IsBuiltin():
		return l.builtin(e, builtinName(fun))
	}
	p, _ := l.parts(e)
	return l.callText(p)
}

// parts are a call, taken apart.
type parts struct {
	fun     string
	funType types.Type // nil when fun is the name of a function
	args    []string
	types   []types.Type // of args; nil where unknown

	recv     string     // fun is a method of this,
	recvType types.Type // … which has this type and may be nil,
	method   string     // … by this name
	dynamic  bool       // the first of args is the receiver of a method of an interface

	spread bool // the last argument has "..."

	tuple      string // a call whose values are the last arguments
	tupleTypes []types.Type
	rest       string       // with tuple: the nil that stands for no variadic arguments
	results    *types.Tuple // with tuple
}

func (l *lowerer) callText(p *parts) string {
	if p.tuple != "" {
		return l.spreadText(p)
	}
	dots := ""
	if p.spread {
		dots = "..."
	}
	return p.fun + "(" + strings.Join(p.args, ", ") + dots + ")"
}

// parts takes a call of a function or method apart; conversions and builtins have no parts.
func (l *lowerer) parts(e *ast.CallExpr) (*parts, bool) {
	fun := ast.Unparen(e.Fun)
	tv := l.info.Types[fun]
	if tv.IsType() || tv.IsBuiltin() {
		return nil, false
	}
	sig, _ := l.subst(tv.Type).Underlying().(*types.Signature)
	if sig == nil {
		l.refuse(e, "cannot call this")
	}
	p := &parts{spread: e.Ellipsis.IsValid()}
	if len(e.Args) == 1 && isTuple(l.info.Types[e.Args[0]].Type) {
		l.spreadArgs(p, e.Args[0], sig)
	} else {
		p.args, p.types = l.args(e, sig)
	}
	pkg := l.calleePackage(fun)
	if sig.Variadic() && len(p.args)+len(p.tupleTypes) == sig.Params().Len()-1 && pkg != "fmt" {
		last := l.subst(sig.Params().At(sig.Params().Len() - 1).Type()) // Go passes nil here, the engine an empty slice
		if p.tuple == "" {
			p.args, p.types = append(p.args, l.nilOf(last)), append(p.types, last)
		}
		p.spread = true
	}
	if pkg != "" && p.tuple == "" {
		l.compiledArgs(p, e, pkg)
	}
	if se, ok := fun.(*ast.SelectorExpr); ok {
		if sel := l.info.Selections[se]; sel != nil && sel.Kind() == types.MethodVal {
			return l.methodParts(p, se, sel), true
		}
	}
	p.fun = l.callee(l.expr(fun))
	if _, lit := fun.(*ast.FuncLit); !lit && strings.HasPrefix(p.fun, "func") {
		p.fun = "(" + p.fun + ")"
	}
	if !l.isName(fun) {
		p.funType = l.info.Types[fun].Type
		l.packRest(p, sig)
	}
	return p, true
}

// callee is the engine's name of a function that is called. One that calls itself does so without the variable that others
// call it by, which is faster and takes less stack.
func (l *lowerer) callee(name string) string {
	if name != "" && name == l.self {
		return l.body
	}
	return name
}

// packRest makes a slice of the arguments that a variadic function takes as one, which the engine does wrong where the function
// is a field.
func (l *lowerer) packRest(p *parts, sig *types.Signature) {
	n := sig.Params().Len() - 1
	if !sig.Variadic() || p.spread || p.tuple != "" || len(p.args) <= n {
		return
	}
	last := l.subst(sig.Params().At(n).Type())
	rest := l.typ(last) + "{" + strings.Join(p.args[n:], ", ") + "}"
	p.args, p.types, p.spread = append(p.args[:n:n], rest), append(p.types[:n:n], last), true
}

// calleePackage is the import path of the compiled function or method that fun names, or empty.
func (l *lowerer) calleePackage(fun ast.Expr) string {
	id, ok := fun.(*ast.Ident)
	if se, isSel := fun.(*ast.SelectorExpr); isSel {
		id, ok = se.Sel, true
	}
	if !ok {
		return ""
	}
	f, ok := l.info.Uses[id].(*types.Func)
	if !ok || f.Pkg() == nil || typetext.IsCell(f) || l.im.IsSource(f.Pkg()) && f.Signature().TypeParams().Len()+f.Signature().RecvTypeParams().Len() > 0 {
		return ""
	}
	return f.Pkg().Path()
}

// compiledArgs adjusts arguments that a compiled function takes as interface{}: packages that look into values by
// reflection get what the engine holds, and errors stay errors.
func (l *lowerer) compiledArgs(p *parts, e *ast.CallExpr, pkg string) {
	for i, a := range e.Args {
		if i >= len(p.types) || p.types[i] == nil || !isIface(p.types[i]) || isNative(p.types[i]) {
			continue
		}
		at := l.subst(l.info.Types[a].Type)
		if made(at) {
			l.seen(a, at, pkg, calleeName(ast.Unparen(e.Fun)))
		}
		switch {
		case isTuple(at) || isUntypedNil(at):
		case pkg == "errors" && isPointer(at) && isIface(at.Underlying().(*types.Pointer).Elem()) && !isNative(at.Underlying().(*types.Pointer).Elem()):
			p.args[i] = l.box(l.expr(a), at) // the target of errors.As
		case pkg == "log/slog":
			p.args[i] = l.helper("Logged") + "(" + l.toAny(a) + ")"
		case pkg == displayPath:
			p.args[i] = l.helper("Shown") + "(" + l.toAny(a) + ")"
		case pkg == "encoding/json" && (made(at) || isIface(at)):
			p.args[i] = l.helper("JSON") + "(" + l.toAny(a) + ")"
		case rawPackages[pkg] && !deepPackages[pkg] && isIface(at):
			p.args[i] = l.helper("Raw") + "(" + l.expr(a) + ")"
		case deepPackages[pkg]:
			p.args[i] = l.helper("RawDeep") + "(" + l.expr(a) + ")"
		case rawPackages[pkg], isErrorType(at):
			p.args[i] = l.expr(a)
		}
	}
}

func isErrorType(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// nilOf is the engine's name of a variable of type t that is nil.
func (l *lowerer) nilOf(t types.Type) string {
	text := l.typ(t)
	name, isNew := l.instance("nil "+text, "nil")
	if isNew {
		fmt.Fprintf(&l.text, "var %s %s\n", name, text)
	}
	return name
}

// isName reports whether fun names a declared function.
func (l *lowerer) isName(fun ast.Expr) bool {
	switch x := fun.(type) {
	case *ast.Ident:
		_, ok := l.info.Uses[x].(*types.Func)
		return ok
	case *ast.SelectorExpr:
		_, ok := l.info.Uses[x.Sel].(*types.Func)
		return ok
	case *ast.IndexExpr, *ast.IndexListExpr:
		return true
	}
	return false
}

func builtinName(fun ast.Expr) string {
	switch x := fun.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// args lowers the arguments of a call of sig, with their types.
func (l *lowerer) args(e *ast.CallExpr, sig *types.Signature) (out []string, typ []types.Type) {
	n := sig.Params().Len()
	for i, a := range e.Args {
		var t types.Type
		switch {
		case sig.Variadic() && i >= n-1 && !e.Ellipsis.IsValid():
			t = elemOf(sig.Params().At(n - 1).Type().Underlying())
		case i < n:
			t = sig.Params().At(i).Type()
		}
		text := l.as(a, t)
		if e.Ellipsis.IsValid() && i == n-1 && isUntypedNil(l.info.Types[a].Type) {
			text = l.nilOf(l.subst(t))
		}
		out, typ = append(out, text), append(typ, t)
	}
	return out, typ
}

func isTuple(t types.Type) bool {
	_, ok := t.(*types.Tuple)
	return ok
}

func (l *lowerer) conversion(e *ast.CallExpr, t types.Type) string {
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsComplex != 0 { // of a type parameter; else it is a constant
		if v := l.info.Types[e.Args[0]].Value; v != nil {
			return l.constant(constant.ToComplex(v), t)
		}
	}
	return l.converted(t, l.as(e.Args[0], t))
}

// converted is the conversion of x to t. The engine takes parentheses around a type for a function's, in places.
func (l *lowerer) converted(t types.Type, x string) string {
	text := l.typ(t)
	if strings.HasPrefix(text, "*") || strings.HasPrefix(text, "<") || strings.HasPrefix(text, "chan") || strings.HasPrefix(text, "func") {
		text = "(" + text + ")"
	}
	return text + "(" + x + ")"
}

// isCellMethod reports whether the selected method is one that a cell has written, on a type known here.
func (l *lowerer) isCellMethod(recv types.Type, sel *types.Selection) bool {
	fn := sel.Obj().(*types.Func)
	r := fn.Type().(*types.Signature).Recv()
	return typetext.IsCell(fn) && r != nil && !types.IsInterface(r.Type())
}

// methodParts completes p for a call of x.M.
func (l *lowerer) methodParts(p *parts, se *ast.SelectorExpr, sel *types.Selection) *parts {
	recv := l.subst(l.info.Types[se.X].Type)
	if _, isParam := types.Unalias(sel.Recv()).(*types.TypeParam); isParam {
		return l.paramMethod(p, se, recv)
	}
	switch sel.Obj().(*types.Func).FullName() {
	case "(*sync.WaitGroup).Go":
		x, want := l.receiver(se.X, sel)
		return l.withReceiver(l.withReceiver(p, "", strconv.Itoa(l.site(se)), nil), l.helper("WaitGroupGo"), x, want)
	case "(*sync.WaitGroup).Wait":
		x, want := l.receiver(se.X, sel)
		return l.withReceiver(p, l.helper("Wait"), x, want)
	}
	if fn := sel.Obj().(*types.Func); l.isSourceMethod(fn) {
		x, want := l.receiver(se.X, sel)
		return l.withReceiver(p, l.sourceMethod(want, fn), x, want)
	}
	if l.isCellMethod(recv, sel) {
		x, want := l.receiver(se.X, sel)
		return l.withReceiver(p, l.callee(l.methodTarget(want, sel)), x, want)
	}
	if name := streamMethod(l.info, se); name != "" {
		return l.withReceiver(p, l.helper(name), l.expr(se.X), nil)
	}
	x, t := l.adjustPath(l.expr(se.X), recv, sel.Index())
	if isIface(t) && !isNative(t) {
		p.dynamic = true
		return l.withReceiver(p, l.callIface(x, sel.Obj().(*types.Func)), x, t)
	}
	return l.methodOf(p, x, t, sel.Obj().(*types.Func))
}

// methodOf completes p for a call of a compiled method of x, which has type t.
func (l *lowerer) methodOf(p *parts, x string, t types.Type, fn *types.Func) *parts {
	p.recv, p.recvType, p.method = x, t, fn.Name()
	if isPointer(fn.Signature().Recv().Type()) && !isPointer(t) {
		p.recv, p.recvType = "&"+x, types.NewPointer(t)
	}
	if isWeakReceiver(x) {
		x = "(" + x + ")"
	}
	p.fun = x + "." + fn.Name()
	return p
}

// streamMethod is the helper for os.Stdout.WriteString and its like: they must print to the cell.
func streamMethod(info *types.Info, se *ast.SelectorExpr) string {
	if streamName(info, se.X) == "" || se.Sel.Name != "Write" && se.Sel.Name != "WriteString" {
		return ""
	}
	return se.Sel.Name
}

func (l *lowerer) withReceiver(p *parts, fun, x string, t types.Type) *parts {
	p.fun = fun
	p.args = append([]string{x}, p.args...)
	p.types = append([]types.Type{t}, p.types...)
	return p
}

// isWeakReceiver reports whether "x.M" would not parse as a selection on all of x.
func isWeakReceiver(x string) bool { return strings.HasPrefix(x, "*") || strings.HasPrefix(x, "&") }

// adjustPath follows the embedded fields of a selection, all but the last index.
func (l *lowerer) adjustPath(x string, t types.Type, index []int) (string, types.Type) {
	for _, i := range index[:len(index)-1] {
		x = l.path(x, t, []int{i})
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		t = l.subst(t.Underlying().(*types.Struct).Field(i).Type())
	}
	return x, t
}

// receiver lowers the operand of a method selection to what the method's own receiver is.
func (l *lowerer) receiver(x ast.Expr, sel *types.Selection) (string, types.Type) {
	return l.adjust(l.expr(x), l.subst(l.info.Types[x].Type), sel)
}

// adjust follows embedded fields from a value of type t to the receiver of the selected method, taking or following an
// address where the method wants it.
func (l *lowerer) adjust(s string, t types.Type, sel *types.Selection) (string, types.Type) {
	s, t = l.adjustPath(s, t, sel.Index())
	sig := sel.Obj().(*types.Func).Type().(*types.Signature)
	return toReceiver(s, t, sig.Recv().Type())
}

// methodTarget is the engine's name for a cell's method on a receiver of type recv.
func (l *lowerer) methodTarget(recv types.Type, sel *types.Selection) string {
	return l.methodNameOf(recv, sel.Obj().Name())
}

func (l *lowerer) methodNameOf(recv types.Type, method string) string {
	if p, ok := types.Unalias(recv).(*types.Pointer); ok {
		recv = p.Elem()
	}
	n, ok := types.Unalias(recv).(*types.Named)
	if !ok {
		panic(unsupported{Diagnostic{Msg: "method " + method + " on " + recv.String()}})
	}
	l.namedType(n) // makes sure that the type is there
	return l.methodName(n, method)
}

// methodCall calls the selected method on an operand that is already lowered.
func (l *lowerer) methodCall(x string, t types.Type, sel *types.Selection, args []string) string {
	x, t = l.adjustPath(x, t, sel.Index())
	fn := sel.Obj().(*types.Func)
	if r := fn.Type().(*types.Signature).Recv().Type(); (typetext.IsCell(fn) || l.isSourceMethod(fn)) && !isIface(r) {
		x, t = toReceiver(x, t, r)
	}
	return l.dispatch(x, t, fn) + strings.Join(args, ", ") + ")"
}

// paramMethod completes p for a method of a value whose type is a type parameter: what it selects is known only now.
func (l *lowerer) paramMethod(p *parts, se *ast.SelectorExpr, recv types.Type) *parts {
	obj, index, _ := types.LookupFieldOrMethod(recv, true, l.pkgOf(recv), se.Sel.Name)
	fn, ok := obj.(*types.Func)
	if !ok {
		l.refuse(se, "%s has no method %s", recv, se.Sel.Name)
	}
	x, t := l.adjustPath(l.expr(se.X), recv, index)
	r := fn.Type().(*types.Signature).Recv()
	if isIface(t) && !isNative(t) {
		return l.withReceiver(p, l.callIface(x, fn), x, t)
	}
	if !typetext.IsCell(fn) || types.IsInterface(r.Type()) {
		p.fun = x + "." + fn.Name()
		return p
	}
	x, t = toReceiver(x, t, r.Type())
	return l.withReceiver(p, l.methodNameOf(t, fn.Name()), x, t)
}

// toReceiver takes or follows the address of x, of type t, for a method whose receiver is of type want.
func toReceiver(x string, t, want types.Type) (string, types.Type) {
	_, wantPtr := types.Unalias(want).(*types.Pointer)
	p, isPtr := types.Unalias(t).(*types.Pointer)
	switch {
	case wantPtr && !isPtr:
		return "&" + x, types.NewPointer(t)
	case !wantPtr && isPtr:
		return "*" + x, p.Elem()
	}
	return x, t
}

func (l *lowerer) pkgOf(t types.Type) (pkg *types.Package) {
	typetext.WalkNamed(t, func(n *types.Named) {
		if pkg == nil {
			pkg = n.Obj().Pkg()
		}
	})
	return pkg
}

// builtin lowers a call of a predeclared function.
func (l *lowerer) builtin(e *ast.CallExpr, name string) string {
	if len(e.Args) == 1 && isTuple(l.info.Types[e.Args[0]].Type) {
		return l.builtinOfCall(e, name)
	}
	switch name {
	case "len", "cap":
		if p, ok := l.subst(l.info.Types[e.Args[0]].Type).Underlying().(*types.Pointer); ok { // the engine would follow it
			n := p.Elem().Underlying().(*types.Array).Len()
			return fmt.Sprintf("func(%s) int { return %d }(%s)", l.typ(p), n, l.expr(e.Args[0]))
		}
	case "min", "max":
		return l.minMax(e, name)
	case "clear":
		return l.clear(e)
	case "new":
		return l.newCall(e)
	case "print", "println":
		var args []string
		for _, a := range e.Args {
			args = append(args, l.printed(l.toAny(a), l.subst(l.info.Types[a].Type)))
		}
		return l.helper(printers[name]) + "(" + strings.Join(args, ", ") + ")"
	case "recover":
		if l.recov == "" {
			return l.helper("Recover") + "(nil)"
		}
		return l.helper("Recover") + "(" + l.recov + ")"
	case "panic":
		return "panic(" + l.panicValue(l.toAny(e.Args[0]), l.info.Types[e.Args[0]].Type) + ")"
	case "delete":
		m := l.subst(l.info.Types[e.Args[0]].Type).Underlying().(*types.Map)
		return "delete(" + l.expr(e.Args[0]) + ", " + l.as(e.Args[1], m.Key()) + ")"
	case "append":
		return l.appendCall(e)
	case "copy":
		args := l.exprs(e.Args)
		if e.Ellipsis.IsValid() {
			args[len(args)-1] += "..."
		}
		return name + "(" + strings.Join(args, ", ") + ")"
	case "make":
		if c, ok := l.subst(l.info.Types[e].Type).Underlying().(*types.Chan); ok && c.Dir() != types.SendRecv {
			return l.oneWay(e, c)
		}
	case "Sizeof", "Offsetof", "Alignof", "Slice", "String", "Add", "StringData", "SliceData":
		l.refuse(e, "package unsafe is not supported in cells")
	}
	return name + "(" + strings.Join(l.exprs(e.Args), ", ") + ")"
}

var printers = map[string]string{"print": "Print", "println": "Println"}

// printed is x, of type t, as print takes it: an interface prints as such, not as what it holds.
func (l *lowerer) printed(x string, t types.Type) string {
	if isIface(t) {
		return l.helper("PrintIface") + "(" + x + ")"
	}
	return x
}

// builtinOfCall lowers a builtin whose arguments are the values of a call.
func (l *lowerer) builtinOfCall(e *ast.CallExpr, name string) string {
	have := l.tupleTypes(e.Args[0])
	var ps, as []string
	for i, t := range have {
		a := fmt.Sprintf("aꞏ%d", i)
		ps = append(ps, a+" "+l.typ(t))
		switch {
		case name == "append" && i > 0:
			a = l.convert(a, t, elemOf(have[0].Underlying()))
		case name == "delete" && i > 0:
			a = l.convert(a, t, have[0].Underlying().(*types.Map).Key())
		case printers[name] != "":
			a = l.printed(l.toIface(a, t, types.NewInterfaceType(nil, nil)), t)
		}
		as = append(as, a)
	}
	fun, result := name, ""
	if printers[name] != "" {
		fun = l.helper(printers[name])
	}
	call := fun + "(" + strings.Join(as, ", ") + ")"
	if t := l.info.Types[e].Type; t != nil && !l.info.Types[e].IsVoid() {
		result, call = l.typ(l.subst(t)), "return "+call
	}
	return "func(" + strings.Join(ps, ", ") + ") " + result + " { " + call + " }(" + l.several(e.Args[0]) + ")"
}

// appendCall lowers append. The engine copies one element after the other: those that are parts of variables are copied first,
// into a slice of their own, since they may lie where others go.
func (l *lowerer) appendCall(e *ast.CallExpr) string {
	args := []string{l.expr(e.Args[0])}
	t := l.subst(l.info.Types[e].Type)
	elem := elemOf(t.Underlying())
	parts := false
	for i, a := range e.Args[1:] {
		if e.Ellipsis.IsValid() {
			args = append(args, l.expr(a)+"...")
			continue
		}
		args = append(args, l.as(a, elem))
		parts = parts || i > 0 && isPart(a)
	}
	if parts {
		args = []string{args[0], l.typ(types.NewSlice(elem)) + "{" + strings.Join(args[1:], ", ") + "}..."}
	}
	return "append(" + strings.Join(args, ", ") + ")"
}

// isPart reports whether e may be a part of a variable.
func isPart(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.IndexExpr, *ast.StarExpr, *ast.SelectorExpr:
		return true
	case *ast.CallExpr:
		return len(e.Args) == 1 && isPart(e.Args[0]) // a conversion, perhaps
	}
	return false
}

// panicValue is x, of type t, as panic takes it: Go has an error of its own for nil.
func (l *lowerer) panicValue(x string, t types.Type) string {
	if t = l.subst(t); isIface(t) || isUntypedNil(t) {
		return l.helper("NotNil") + "(" + x + ")"
	}
	return x
}

func (l *lowerer) exprs(es []ast.Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = l.expr(e)
	}
	return out
}

// minMax lowers min and max to a function literal, so that each operand is evaluated once.
func (l *lowerer) minMax(e *ast.CallExpr, name string) string {
	t := l.typ(l.info.Types[e].Type)
	op := map[string]string{"min": "<", "max": ">"}[name]
	var ps []string
	for i := range e.Args {
		ps = append(ps, "aꞏ"+string(rune('a'+i)))
	}
	var b strings.Builder
	b.WriteString("func(" + strings.Join(ps, ", ") + " " + t + ") " + t + " { mꞏ := aꞏa; ")
	basic, _ := l.subst(l.info.Types[e].Type).Underlying().(*types.Basic)
	isFloat := basic != nil && basic.Info()&types.IsFloat != 0
	for _, p := range ps[1:] {
		cond := p + " " + op + " mꞏ"
		if isFloat { // NaN wins, and -0 is less than 0
			cond += " || " + p + " != " + p + " || " + p + " == 0 && mꞏ == 0 && 1/" + p + " " + op + " 1/mꞏ"
		}
		b.WriteString("if " + cond + " { mꞏ = " + p + " }; ")
	}
	b.WriteString("return mꞏ }(" + strings.Join(l.exprs(e.Args), ", ") + ")")
	return b.String()
}

// oneWay lowers make of a channel that only sends or only receives, which the engine cannot make.
func (l *lowerer) oneWay(e *ast.CallExpr, c *types.Chan) string {
	t, n := l.typ(l.subst(l.info.Types[e].Type)), "0"
	if len(e.Args) > 1 {
		n = "int(" + l.expr(e.Args[1]) + ")"
	}
	name, isNew := l.instance("make "+t, "make")
	if isNew {
		fmt.Fprintf(&l.text, "func %s(n int) %s { return make(chan (%s), n) }\n", name, t, l.typ(c.Elem()))
	}
	return name + "(" + n + ")"
}

// clear lowers clear of a map or a slice.
func (l *lowerer) clear(e *ast.CallExpr) string {
	t := l.subst(l.info.Types[e.Args[0]].Type)
	x := l.expr(e.Args[0])
	if _, ok := t.Underlying().(*types.Map); ok {
		return l.helper("ClearMap") + "(" + x + ")"
	}
	elem := l.typ(elemOf(t.Underlying()))
	return "func(sꞏ " + l.typ(t) + ") { var zꞏ " + elem + "; for iꞏ := 0; iꞏ < len(sꞏ); iꞏ++ { sꞏ[iꞏ] = zꞏ } }(" + x + ")"
}

// newCall lowers new(T), and new(value) of Go 1.26.
func (l *lowerer) newCall(e *ast.CallExpr) string {
	if tv := l.info.Types[e.Args[0]]; tv.IsType() {
		return "new(" + l.typ(tv.Type) + ")"
	}
	ptr := l.subst(l.info.Types[e].Type).Underlying().(*types.Pointer)
	t := l.typ(ptr.Elem())
	return "func(vꞏ " + t + ") *" + t + " { pꞏ := new(" + t + "); *pꞏ = vꞏ; return pꞏ }(" + l.expr(e.Args[0]) + ")"
}

// builtinParts lowers a builtin that is deferred to a call of a function literal.
func (l *lowerer) builtinParts(e *ast.CallExpr) *parts {
	if l.info.Types[ast.Unparen(e.Fun)].IsType() {
		return nil
	}
	p := &parts{}
	var ps, as []string
	for i, a := range e.Args {
		t := l.subst(types.Default(l.info.Types[a].Type))
		if b, ok := t.(*types.Basic); ok && b.Kind() == types.UntypedNil {
			return nil
		}
		name := "aꞏ" + string(rune('a'+i))
		ps, as = append(ps, name+" "+l.typ(t)), append(as, name)
		p.args, p.types = append(p.args, l.expr(a)), append(p.types, t)
	}
	name := builtinName(ast.Unparen(e.Fun))
	call := name + "(" + strings.Join(as, ", ") + ")"
	switch name {
	case "print", "println":
		for i, a := range as {
			as[i] = l.printed(l.toIface(a, p.types[i], types.NewInterfaceType(nil, nil)), p.types[i])
		}
		call = l.helper(printers[name]) + "(" + strings.Join(as, ", ") + ")"
	case "panic":
		t := p.types[0]
		call = "panic(" + l.panicValue(l.toIface(as[0], t, types.NewInterfaceType(nil, nil)), t) + ")"
	case "close", "delete", "copy":
	default:
		return nil
	}
	p.fun = "func(" + strings.Join(ps, ", ") + ") { " + call + " }"
	return p
}
