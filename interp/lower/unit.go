package lower

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/athanor-ml/athanor/interp/typetext"
)

// The methods of a Unit stop at the first thing that cannot be lowered, and do nothing after it.

// TypeText writes a type as the engine calls it.
func (u *Unit) TypeText(t types.Type) (text string) {
	u.guard(func() { text = u.newLowerer(nil).typ(t) })
	return text
}

// FuncText writes the type of a function as the engine calls it; a receiver is the first parameter.
func (u *Unit) FuncText(sig *types.Signature) (text string) {
	u.guard(func() { text = u.newLowerer(nil).funcType(sig) })
	return text
}

func (l *lowerer) funcType(sig *types.Signature) string {
	text := l.writer().Signature(sig)
	if sig.Recv() != nil {
		text = "(" + l.typ(sig.Recv().Type()) + ", " + strings.TrimPrefix(text, "(")
	}
	return "func" + text
}

// add does f unless something has been refused already.
func (u *Unit) add(f func()) {
	if u.err == nil {
		u.guard(f)
	}
}

// AddType declares the type obj of the session in the engine under a name.
func (u *Unit) AddType(name string, obj *types.TypeName) {
	u.add(func() {
		l := u.newLowerer(nil)
		if obj.IsAlias() {
			if !IsNamedCell(obj.Type()) {
				fmt.Fprintf(&u.types, "type %s = %s\n", name, l.typ(obj.Type()))
			}
			return
		}
		if n, ok := obj.Type().(*types.Named); ok {
			l.refuseEndless(n)
		}
		l.declareType(name, obj.Name(), obj.Type().Underlying())
	})
}

// AddMethods tells the runtime the methods of a type that has got new ones, if interfaces have held values of it.
func (u *Unit) AddMethods(info *types.Info, t types.Type) {
	u.add(func() {
		l := u.newLowerer(info)
		for _, typ := range []types.Type{t, types.NewPointer(t)} {
			if b := u.boxed[l.typeKey(typ)]; b != nil {
				delete(u.bound, b)
				l.bindMethods(b, typ)
			}
		}
	})
}

// IsNamedCell reports whether t is a named type that a cell has declared.
func IsNamedCell(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && typetext.IsCell(n.Obj())
}

// AddVar declares a variable of the session; typ is what TypeText or FuncText has written.
func (u *Unit) AddVar(name, typ string) { fmt.Fprintf(&u.text, "var %s %s\n", name, typ) }

// AddFunc gives the engine the body of a function, and binds it to the variable that callers use. The number tells it from
// earlier bodies.
func (u *Unit) AddFunc(variable string, number int, info *types.Info, fn *ast.FuncDecl) {
	u.add(func() {
		body := fmt.Sprintf("%sꞏi%d", variable, number)
		u.funcs[body] = PositionOf(u.fset.Position(fn.Pos()))
		l := u.newLowerer(info)
		l.self, l.body = variable, body
		u.text.WriteString(l.function(body, fn))
		u.setup = append(u.setup, variable+" = "+body)
	})
}

// AddPending binds a function that cannot be called yet.
func (u *Unit) AddPending(variable string, sig *types.Signature, why string) {
	u.add(func() {
		l := u.newLowerer(nil)
		var ps []string
		if sig.Recv() != nil {
			ps = append(ps, "_ "+l.typ(sig.Recv().Type()))
		}
		for i := range sig.Params().Len() {
			ps = append(ps, "_ "+l.writer().ParamType(sig, i))
		}
		u.setup = append(u.setup, fmt.Sprintf("%s = func(%s)%s { %s(%q); panic(0) }",
			variable, strings.Join(ps, ", "), l.writer().Results(sig.Results()), u.helper("Pending"), why))
	})
}

// A Body is the statements of a cell, checked.
type Body struct {
	Info   *types.Info
	Block  *ast.BlockStmt        // may be nil
	Vars   map[*types.Var]string // the variables that become the session's, with their names in the engine
	Result ast.Expr              // of the last statement, when its value is the cell's; else nil
}

// AddCell makes the function that runs a cell and returns its name, which is empty when there is nothing to run.
func (u *Unit) AddCell(body Body) (name string) {
	u.add(func() { name = u.addCell(body) })
	return name
}

func (u *Unit) addCell(body Body) string {
	if body.Block == nil && len(u.setup) == 0 && len(u.bindings) == 0 {
		return ""
	}
	name := u.Version("cell")
	u.cells[name] = true
	text := ""
	if body.Block != nil {
		l := u.newLowerer(body.Info)
		l.vars, l.fn, l.sig = body.Vars, name, types.NewSignatureType(nil, nil, nil, nil, nil, false)
		text = l.cellBody(body)
	}
	setup := append(u.bindings, u.setup...)
	call := ""
	if len(setup) > 0 {
		fmt.Fprintf(&u.text, "func setupꞏ%s() {\n%s\n}\n", name, strings.Join(setup, "\n"))
		call = "setupꞏ" + name + "()\n"
	}
	fmt.Fprintf(&u.text, "func %s() {\n%s%s}\n", name, call, text)
	return name
}

// cellBody lowers the statements of a cell.
func (l *lowerer) cellBody(body Body) string {
	var b strings.Builder
	list := body.Block.List
	if body.Result != nil {
		list = list[:len(list)-1]
	}
	l.gotos = gotoLabels(body.Block)
	deferring := hasDefer(body.Block)
	if deferring {
		l.defers = l.temp("d")
	}
	l.block(&b, list)
	if body.Result != nil {
		b.WriteString(l.line(body.Result) + l.mark(body.Result))
		l.cellResult(&b, body.Result)
	}
	if !deferring {
		return b.String()
	}
	return fmt.Sprintf("var %s interface{} = %s()\nvar bodyꞏ func() = func() {\n%s}\n%s(%s, bodyꞏ)\n",
		l.defers, l.helper("NewDefers"), b.String(), l.helper("RunDefers"), l.defers)
}

// cellResult hands the value of the last expression, or its values, to the session.
func (l *lowerer) cellResult(b *strings.Builder, e ast.Expr) {
	tuple, ok := l.info.Types[e].Type.(*types.Tuple)
	if !ok {
		fmt.Fprintf(b, "%s(%s)\n", l.helper("Result"), l.as(e, types.NewInterfaceType(nil, nil)))
		return
	}
	var names, values []string
	for v := range tuple.Variables() {
		name, t := l.temp("r"), l.subst(v.Type())
		names = append(names, name)
		if !isErrorType(t) {
			name = l.toIface(name, t, types.NewInterfaceType(nil, nil))
		}
		values = append(values, name)
	}
	fmt.Fprintf(b, "%s := %s\n%s(%s)\n", strings.Join(names, ", "), l.expr(e), l.helper("Results"), strings.Join(values, ", "))
}

// Texts are the declarations of the unit, in the pieces and the order in which the engine has to see them.
func (u *Unit) Texts() (texts []string) {
	u.add(func() {
		if layouts := u.layouts(); layouts != "" {
			texts = []string{u.types.String(), layouts, u.text.String()}
		} else {
			texts = []string{u.types.String() + u.text.String()}
		}
	})
	return texts
}
