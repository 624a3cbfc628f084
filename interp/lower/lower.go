package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/athanor-ml/athanor/interp/rt"
	"github.com/athanor-ml/athanor/interp/typetext"
)

// A lowerer lowers one function body.
type lowerer struct {
	*Unit
	info   *types.Info
	env    map[*types.TypeParam]types.Type // what type parameters stand for
	envKey string
	names  map[types.Object]string // local objects whose name in the engine differs
	vars   map[*types.Var]string   // top-level variables of the cell
	used   map[string]int          // names taken in this function
	sig    *types.Signature        // of the innermost function
	named  []string                // the names of its results, when they have some
	frames []*frame                // loops and switches around the statement, innermost last
	tmp    *int
	self   string            // the variable of the function that is lowered, as declared by the session; empty for a generic one
	body   string            // … and the function bound to it
	fn     string            // the engine's name of the function, as its traces have it
	defers string            // the variable with the function's deferred calls, when it has some
	recov  string            // the variable with the deferred calls whose panic the function may recover; empty when it may not
	direct *ast.FuncLit      // the function literal that a defer statement calls
	gotos  map[string]bool   // the labels that goto means
	labels map[string]string // names of labels that differ from what they usually are
	quiet  bool              // statements leave no marks: they stand in a header
}

// unsupported is the panic of what cannot be lowered; (*Unit).guard keeps it.
type unsupported struct{ Diagnostic }

func (l *lowerer) refuse(n ast.Node, format string, args ...any) {
	panic(unsupported{Diagnostic{PositionOf(l.fset.Position(n.Pos())), fmt.Sprintf(format, args...)}})
}

// temp makes a name that no program has.
func (l *lowerer) temp(what string) string {
	*l.tmp++
	return fmt.Sprintf("%sꞏt%d", what, *l.tmp)
}

// typ writes t for the engine.
func (l *lowerer) typ(t types.Type) string { return l.writer().Text(t) }

func (l *lowerer) writer() *typetext.Writer {
	w := &typetext.Writer{HiddenTag: rt.HiddenTag}
	w.Named = func(n *types.Named) string { return l.namedType(n) }
	w.Param = func(p *types.TypeParam) string {
		if t := l.env[p]; t != nil {
			return l.outer().typ(t)
		}
		panic(unsupported{Diagnostic{Msg: "type parameter " + p.Obj().Name() + " has no type here"}})
	}
	return w
}

// outer is a lowerer for types that come from outside this function's type parameters.
func (l *lowerer) outer() *lowerer { return l.newLowerer(nil) }

// subst replaces type parameters in t by what they stand for.
func (l *lowerer) subst(t types.Type) types.Type {
	if len(l.env) == 0 || t == nil {
		return t
	}
	return l.substitute(t)
}

// namedType is the engine's name of n; it declares the type there if that has not happened yet.
func (l *lowerer) namedType(n *types.Named) string {
	obj := n.Origin().Obj()
	switch {
	case obj.Pkg() == nil:
		if obj.Name() != "error" {
			return "interface{}"
		}
		return obj.Name()
	case types.IsInterface(n) && !isNative(n):
		return "interface{}"
	case l.im.IsSource(obj.Pkg()) && l.im.Reflect(obj) == nil:
		return l.sourceType(l.subst(n).(*types.Named))
	case !typetext.IsCell(obj):
		return l.compiledType(obj)
	case typetext.IsLocal(n):
		return l.localType(n)
	case n.TypeArgs().Len() > 0:
		return l.typeInstance(n)
	}
	name := l.scope.Type(obj.Name())
	if name == "" {
		panic(unsupported{Diagnostic{Msg: "type " + obj.Name() + " is no longer declared"}})
	}
	return name
}

// compiledType names a compiled type. One that its package does not export gets a name through a table of our own.
func (l *lowerer) compiledType(obj *types.TypeName) string {
	p := obj.Pkg().Path()
	if obj.Exported() && l.im.Exports(p, obj.Name()) {
		return l.engineImport(p) + "." + obj.Name()
	}
	t := l.im.Reflect(obj)
	if t == nil {
		panic(unsupported{Diagnostic{Msg: "type " + obj.Pkg().Name() + "." + obj.Name() + " cannot be named here"}})
	}
	return l.engineType(t)
}

// function lowers a function with the given engine name. The receiver, if any, becomes the first parameter.
func (l *lowerer) function(name string, fn *ast.FuncDecl) string {
	sig := l.info.Defs[fn.Name].Type().(*types.Signature)
	return "func " + name + l.funcText(name, nil, fn.Recv, fn.Type, sig, fn.Body) + "\n"
}

// funcText writes parameters, results and body of a function; a function literal has no name.
func (l *lowerer) funcText(name string, lit *ast.FuncLit, recv *ast.FieldList, ft *ast.FuncType, sig *types.Signature, body *ast.BlockStmt) string {
	saved := *l
	l.sig, l.named, l.frames, l.quiet, l.gotos = sig, nil, nil, false, gotoLabels(body)
	entry := l.recoverer(lit, body)
	if name == "" {
		l.fn += ".func"
	} else {
		l.fn = name
	}
	var ps []string
	if recv != nil {
		ps = append(ps, l.field(recv.List[0], 0, sig.Recv())+" "+l.typ(sig.Recv().Type()))
	}
	names := fieldNames(ft.Params)
	for i := range sig.Params().Len() {
		ps = append(ps, l.fieldIdent(names[i], sig.Params().At(i))+" "+l.writer().ParamType(sig, i))
	}
	if l.defers = ""; hasDefer(body) {
		l.defers = l.temp("d")
	}
	var rs []string
	var zeros strings.Builder
	rnames := fieldNames(ft.Results)
	for i := range sig.Results().Len() {
		t := l.typ(sig.Results().At(i).Type())
		if l.defers != "" || sig.Results().At(i).Name() != "" {
			n := "_"
			if i < len(rnames) {
				n = l.fieldIdent(rnames[i], sig.Results().At(i))
			}
			if n == "_" {
				n = l.temp("r")
			}
			l.named = append(l.named, n)
			t = n + " " + t
			zeros.WriteString(l.zeroResult(n, sig.Results().At(i).Type()))
		}
		rs = append(rs, t)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "(%s)", strings.Join(ps, ", "))
	if len(rs) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(rs, ", "))
	}
	b.WriteString(" {\n" + zeros.String() + entry)
	if l.callsAny(body) {
		b.WriteString(l.enter())
	}
	if l.defers != "" {
		l.withDefers(&b, body.List)
	} else {
		l.block(&b, body.List)
	}
	b.WriteString("}")
	l.sig, l.named, l.frames, l.quiet, l.fn, l.gotos = saved.sig, saved.named, saved.frames, saved.quiet, saved.fn, saved.gotos
	l.defers, l.recov = saved.defers, saved.recov
	return b.String()
}

// zeroResult sets a result to zero: the engine may begin with what the place that the call is assigned to holds.
func (l *lowerer) zeroResult(name string, t types.Type) string {
	z := l.temp("z")
	return "var " + z + " " + l.typ(t) + "; " + name + " = " + z + "\n"
}

// fieldNames are the identifiers of a parameter list, one for each parameter; nil where there is none.
func fieldNames(fl *ast.FieldList) (ids []*ast.Ident) {
	if fl == nil {
		return nil
	}
	for _, f := range fl.List {
		if len(f.Names) == 0 {
			ids = append(ids, nil)
		}
		ids = append(ids, f.Names...)
	}
	return ids
}

func (l *lowerer) field(f *ast.Field, i int, v *types.Var) string {
	if i < len(f.Names) {
		return l.fieldIdent(f.Names[i], v)
	}
	return "_"
}

func (l *lowerer) fieldIdent(id *ast.Ident, v *types.Var) string {
	if id == nil || id.Name == "_" {
		return "_"
	}
	if obj := l.info.Defs[id]; obj != nil {
		return l.local(obj)
	}
	return l.local(v)
}

// local is the engine's name of a local object. Objects that share a name in one function are told apart, and names that
// Go predeclares are left to Go.
func (l *lowerer) local(obj types.Object) string {
	if n, ok := l.names[obj]; ok {
		return n
	}
	name := obj.Name()
	if name == "_" {
		return "_"
	}
	n := l.used[name]
	l.used[name]++
	if n > 0 || types.Universe.Lookup(name) != nil || name == "init" || name == "main" {
		name = fmt.Sprintf("%sꞏ%s%d", name, "l", n)
	}
	l.names[obj] = name
	return name
}

// line is the directive that tells the engine where n stands in its cell.
func (l *lowerer) line(n ast.Node) string {
	if n == nil || !n.Pos().IsValid() {
		return ""
	}
	p := PositionOf(l.fset.Position(n.Pos()))
	if p.Cell == 0 {
		return ""
	}
	return fmt.Sprintf("/*line :%d:%d*/", p.Cell*lineBase+p.Line, p.Column)
}

// tokens of assignments that are operators too.
var assignOps = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.ADD, token.SUB_ASSIGN: token.SUB, token.MUL_ASSIGN: token.MUL, token.QUO_ASSIGN: token.QUO,
	token.REM_ASSIGN: token.REM, token.AND_ASSIGN: token.AND, token.OR_ASSIGN: token.OR, token.XOR_ASSIGN: token.XOR,
	token.SHL_ASSIGN: token.SHL, token.SHR_ASSIGN: token.SHR, token.AND_NOT_ASSIGN: token.AND_NOT,
}
