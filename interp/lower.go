package interp

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"reflect"
	"strings"
)

// Lowering turns checked Go into the part of Go that the engine runs right: no generics, no range over numbers or
// functions, no method expressions, constants already computed, every name of the session with a version of its own.
// Each statement carries a line directive, so the engine reports places of the cell.

// An output is what lowering a cell adds to the engine.
type output struct {
	s        *Session
	st       *state
	types    strings.Builder // declarations of types
	structs  []structDecl    // the structs among them
	text     strings.Builder // other declarations
	setup    []string        // statements that bind functions, before the cell's own
	err      *fault          // the first thing that cannot be lowered
	local    map[string]string
	bindings []string           // statements that tell the session methods, before those of setup
	binding  map[*typeInfo]bool // the types they are about
}

// A lowerer lowers one function body.
type lowerer struct {
	*output
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
	fn     string            // the engine's name of the function, as its traces have it
	defers string            // the variable with the function's deferred calls, when it has some
	recov  string            // the variable with the deferred calls whose panic the function may recover; empty when it may not
	direct *ast.FuncLit      // the function literal that a defer statement calls
	gotos  map[string]bool   // the labels that goto means
	labels map[string]string // names of labels that differ from what they usually are
	quiet  bool              // statements leave no marks: they stand in a header
}

// unsupported is thrown by lowering and caught by (*output).guard.
type unsupported struct{ fault }

func (l *lowerer) refuse(n ast.Node, format string, args ...any) {
	panic(unsupported{fault{placeOf(l.s.fset.Position(n.Pos())), fmt.Sprintf(format, args...)}})
}

// guard runs f and keeps the first refusal.
func (o *output) guard(f func()) {
	defer func() {
		if r := recover(); r != nil {
			u, ok := r.(unsupported)
			if !ok {
				panic(r)
			}
			if o.err == nil {
				o.err = &u.fault
			}
		}
	}()
	f()
}

func (o *output) newLowerer(info *types.Info) *lowerer {
	return &lowerer{output: o, info: info, names: map[types.Object]string{}, used: map[string]int{}, tmp: new(int)}
}

// temp makes a name that no program has.
func (l *lowerer) temp(what string) string {
	*l.tmp++
	return fmt.Sprintf("%sꞏt%d", what, *l.tmp)
}

// typ writes t for the engine.
func (l *lowerer) typ(t types.Type) string { return l.writer().text(t) }

func (l *lowerer) writer() *typeWriter {
	w := &typeWriter{tags: true}
	w.named = func(n *types.Named) string { return l.namedType(n) }
	w.param = func(p *types.TypeParam) string {
		if t := l.env[p]; t != nil {
			return l.outer().typ(t)
		}
		panic(unsupported{fault{msg: "type parameter " + p.Obj().Name() + " has no type here"}})
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
	case l.s.isSource(obj.Pkg()) && l.s.im.rtypes[obj] == nil:
		return l.sourceType(l.subst(n).(*types.Named))
	case !isCell(obj):
		return l.compiledType(obj)
	case isLocal(n):
		return l.localType(n)
	case n.TypeArgs().Len() > 0:
		return l.typeInstance(n)
	}
	d := l.st.types[obj.Name()]
	if d == nil {
		panic(unsupported{fault{msg: "type " + obj.Name() + " is no longer declared"}})
	}
	return d.emitted
}

// compiledType names a compiled type. One that its package does not export gets a name through a table of our own.
func (l *lowerer) compiledType(obj *types.TypeName) string {
	p := obj.Pkg().Path()
	if key := l.s.im.keys[p]; key != "" && obj.Exported() {
		if _, ok := l.s.im.exports[key][obj.Name()]; ok {
			return l.s.engineImport(p) + "." + obj.Name()
		}
	}
	rt := l.s.im.rtypes[obj]
	if rt == nil {
		panic(unsupported{fault{msg: "type " + obj.Pkg().Name() + "." + obj.Name() + " cannot be named here"}})
	}
	return l.s.engineType(rt)
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
		ps = append(ps, l.fieldIdent(names[i], sig.Params().At(i))+" "+l.writer().paramType(sig, i))
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
		b.WriteString(l.checkStop())
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

// lineBase is the step from cell to cell in the line numbers that the engine sees. A file name could not carry the cell:
// the engine looks up imports by it.
const lineBase = 100_000

// line is the directive that tells the engine where n stands in its cell.
func (l *lowerer) line(n ast.Node) string {
	if n == nil || !n.Pos().IsValid() {
		return ""
	}
	p := placeOf(l.s.fset.Position(n.Pos()))
	if p.cell == 0 {
		return ""
	}
	return fmt.Sprintf("/*line :%d:%d*/", p.cell*lineBase+p.line, p.col)
}

// engineImport makes the engine import a compiled package and is the name it has there.
func (s *Session) engineImport(p string) string {
	if name := s.imported[p]; name != "" {
		return name
	}
	name := path.Base(p)
	if n := s.im.names[p]; n != "" {
		name = n
	}
	name = fmt.Sprintf("%sꞏ%d", name, len(s.imported))
	s.imported[p] = name
	s.pending = append(s.pending, fmt.Sprintf("import %s %q\n", name, p))
	return name
}

const typesPath = "athanor/types"

// engineType gives the engine a name for a compiled type that no table has.
func (s *Session) engineType(rt reflect.Type) string {
	name := s.extra[rt]
	if name == "" {
		name = fmt.Sprintf("T%d", len(s.extra))
		s.extra[rt] = name
		if err := s.eng.use(typesPath+"/types", name, reflect.Zero(reflect.PointerTo(rt))); err != nil {
			panic(unsupported{fault{msg: err.Error()}})
		}
	}
	return s.engineImport(typesPath) + "." + name
}

// tokens of assignments that are operators too.
var assignOps = map[token.Token]token.Token{
	token.ADD_ASSIGN: token.ADD, token.SUB_ASSIGN: token.SUB, token.MUL_ASSIGN: token.MUL, token.QUO_ASSIGN: token.QUO,
	token.REM_ASSIGN: token.REM, token.AND_ASSIGN: token.AND, token.OR_ASSIGN: token.OR, token.XOR_ASSIGN: token.XOR,
	token.SHL_ASSIGN: token.SHL, token.SHR_ASSIGN: token.SHR, token.AND_NOT_ASSIGN: token.AND_NOT,
}
