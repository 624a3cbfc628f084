package interp

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/athanor-ml/athanor/interp/lower"
)

// A state is what the session has declared so far, by name. It is replaced as a whole when a cell has been accepted, so a
// cell that does not compile leaves no trace.
type state struct {
	imports map[string]string // name -> import path
	types   map[string]*decl
	funcs   map[string]*decl // functions by name, methods as "T.M"
	consts  map[string]*constDecl
	vars    map[string]*variable
	gone    map[string]string // names that were dropped, and why
}

func newState() *state {
	return &state{
		imports: map[string]string{}, types: map[string]*decl{}, funcs: map[string]*decl{},
		consts: map[string]*constDecl{}, vars: map[string]*variable{}, gone: map[string]string{},
	}
}

func (st *state) clone() *state {
	return &state{
		imports: maps.Clone(st.imports), types: maps.Clone(st.types), funcs: maps.Clone(st.funcs),
		consts: maps.Clone(st.consts), vars: maps.Clone(st.vars), gone: maps.Clone(st.gone),
	}
}

// has reports whether name is declared by a cell.
func (st *state) has(name string) bool {
	return st.types[name] != nil || st.funcs[name] != nil || st.consts[name] != nil || st.vars[name] != nil
}

// forget removes name, whatever it is, before it is declared anew as something else.
func (st *state) forget(name string) {
	delete(st.types, name)
	delete(st.funcs, name)
	delete(st.consts, name)
	delete(st.vars, name)
	delete(st.imports, name)
	delete(st.gone, name)
}

// A decl is a type, a function or a method.
type decl struct {
	name     string // "T", "f", "M"
	recv     string // of a method: the receiver's type, "T"
	cell     int
	spec     *ast.TypeSpec // of a type
	fn       *ast.FuncDecl // of a function or method
	text     string        // gofmt'd source: the same text again changes nothing
	mentions map[string]bool
	deps     []string // of a type: the session's types and constants it is made of
	generic  bool

	emitted string      // its name in the engine
	sig     string      // of a function: the engine's type of it
	impls   int         // of a function: how many bodies it has had
	info    *types.Info // of a generic declaration: what its body means
	pending string      // of a function: why it cannot be called yet
}

// key is the decl's place in state.funcs.
func (d *decl) key() string {
	if d.recv != "" {
		return d.recv + "." + d.name
	}
	return d.name
}

// A constDecl is one constant.
type constDecl struct {
	name  string
	value constant.Value
	typ   typeRef
	cell  int
}

// A variable is a top-level variable of the session.
type variable struct {
	name    string
	typ     typeRef
	emitted string // its name in the engine
	sig     string // the engine's type of it
	cell    int
}

// A typeRef is a type that outlives the check that found it. Types made of compiled ones only are the same object in every
// check; one that involves a session's type is kept as source text and means whatever that name means.
type typeRef struct {
	typ  types.Type
	text string   // set when the type involves a type of the session
	uses []string // the session types it involves
}

// mentions collects every identifier in a piece of source: more than it depends on, never less.
func mentionsOf(nodes ...ast.Node) map[string]bool {
	m := map[string]bool{}
	for _, n := range nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				m[id.Name] = true
			}
			return true
		})
	}
	return m
}

// stub is fn with a body that needs no checking.
func stub(fn *ast.FuncDecl) *ast.FuncDecl {
	c := *fn
	c.Body = &ast.BlockStmt{List: []ast.Stmt{&ast.ForStmt{Body: &ast.BlockStmt{}}}}
	return &c
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func newIdent(name string) *ast.Ident { return &ast.Ident{Name: name, NamePos: token.NoPos} }

// Type is the engine's name of a type; it makes a state a lower.Scope.
func (st *state) Type(name string) string {
	if d := st.types[name]; d != nil {
		return d.emitted
	}
	return ""
}

// Var is the engine's name of a variable.
func (st *state) Var(name string) string {
	if v := st.vars[name]; v != nil {
		return v.emitted
	}
	return ""
}

// Func is a function or method by its key.
func (st *state) Func(key string) (lower.Func, bool) {
	d := st.funcs[key]
	if d == nil {
		return lower.Func{}, false
	}
	return lower.Func{Name: d.emitted, Decl: d.fn, Generic: d.generic, Info: d.info, Pending: d.pending}, true
}

// Recovers reports whether a method of that name mentions recover.
func (st *state) Recovers(method string) bool {
	for key, d := range st.funcs {
		if d.name == method && key != method && mentionsOf(d.fn.Body)["recover"] {
			return true
		}
	}
	return false
}
