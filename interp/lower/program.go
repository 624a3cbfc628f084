package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"reflect"
	"strings"

	"github.com/athanor-ml/athanor/interp/imports"
	"github.com/athanor-ml/athanor/interp/rt"
)

// A Program is all that has been lowered for one engine: what the engine has seen, and under which names.
type Program struct {
	fset    *token.FileSet
	im      *imports.Importer
	rt      *rt.Runtime
	use     func(key, name string, v reflect.Value) error
	helpers map[string]reflect.Value // the runtime's table

	versions  int
	imported  map[string]string         // packages that the engine has imported: path -> name
	pending   []string                  // imports that the engine has not seen yet
	extra     map[reflect.Type]string   // compiled types that have a name through a table of ours
	instances map[string]string         // the engine's names of generic instances, and of functions that lowering makes
	locals    map[localKey]*types.Named // types of generic functions, with type arguments
	localIDs  map[*types.TypeName]int   // types of function bodies, numbered
	boxed     map[string]*rt.Type       // types of cells that interfaces have held, by key
	bound     map[*rt.Type]bool         // those whose methods the runtime knows
	shapes    map[string]*rt.Shape      // by the same keys
	sets      []*types.Interface        // method sets, by the runtime's numbers
	setIDs    map[string]int
	sites     []Site              // statements that leave marks, by number
	cells     map[string]bool     // the engine's functions that are cells
	funcs     map[string]Position // where the engine's other functions are declared
}

// NewProgram makes a Program with nothing in it. use adds a compiled symbol to the engine.
func NewProgram(fset *token.FileSet, im *imports.Importer, run *rt.Runtime, use func(key, name string, v reflect.Value) error) *Program {
	return &Program{
		fset: fset, im: im, rt: run, use: use, helpers: run.Table(), imported: map[string]string{}, extra: map[reflect.Type]string{},
		instances: map[string]string{}, locals: map[localKey]*types.Named{}, localIDs: map[*types.TypeName]int{}, boxed: map[string]*rt.Type{},
		bound: map[*rt.Type]bool{}, shapes: map[string]*rt.Shape{}, setIDs: map[string]int{}, cells: map[string]bool{}, funcs: map[string]Position{},
	}
}

// Version makes a name that the engine has not seen.
func (p *Program) Version(base string) string {
	p.versions++
	return fmt.Sprintf("%sꞏ%d", base, p.versions)
}

// Imports is the text of the imports that the engine has to see before the text of a unit; Imported says that it has.
func (p *Program) Imports() string { return strings.Join(p.pending, "") }

// Imported says that the engine has seen Imports.
func (p *Program) Imported() { p.pending = nil }

// MethodSet is the interface whose methods the runtime knows by a number.
func (p *Program) MethodSet(id int) *types.Interface { return p.sets[id] }

// helper is the engine's name of a function of the runtime.
func (p *Program) helper(name string) string {
	if _, ok := p.helpers[name]; !ok {
		panic("lower: the runtime has no " + name)
	}
	return p.engineImport(rt.Path) + "." + name
}

// engineImport makes the engine import a compiled package and is the name it has there.
func (p *Program) engineImport(path string) string {
	if name := p.imported[path]; name != "" {
		return name
	}
	name := fmt.Sprintf("%sꞏ%d", p.im.Name(path), len(p.imported))
	p.imported[path] = name
	p.pending = append(p.pending, fmt.Sprintf("import %s %q\n", name, path))
	return name
}

// TypesPath is the import path of the table in which lowering gives names to compiled types.
const TypesPath = "athanor/types"

// engineType gives the engine a name for a compiled type that no table has.
func (p *Program) engineType(t reflect.Type) string {
	name := p.extra[t]
	if name == "" {
		name = fmt.Sprintf("T%d", len(p.extra))
		p.extra[t] = name
		if err := p.use(TypesPath+"/types", name, reflect.Zero(reflect.PointerTo(t))); err != nil {
			panic(unsupported{Diagnostic{Msg: err.Error()}})
		}
	}
	return p.engineImport(TypesPath) + "." + name
}

// A Scope says what the names that a session has declared are called in the engine.
type Scope interface {
	Type(name string) string           // empty when there is no such type
	Var(name string) string            // empty when there is no such variable
	Func(key string) (f Func, ok bool) // a function by its name, a method by "T.M"
	Recovers(method string) bool       // whether a method of that name, of any type, mentions recover
}

// A Func is a function or method of a session.
type Func struct {
	Name    string // in the engine
	Decl    *ast.FuncDecl
	Generic bool
	Info    *types.Info // of a generic one: what its body means; nil when it cannot be used
	Pending string      // why it cannot be called yet; empty when it can
}

// A Unit is what lowering one cell adds to a Program. Nothing of it stays unless it is committed.
type Unit struct {
	*Program
	scope, before Scope           // with the cell's own declarations, and without
	types         strings.Builder // declarations of types
	structs       []structDecl    // the structs among them
	text          strings.Builder // other declarations
	setup         []string        // statements that bind functions, before the cell's own
	err           *Diagnostic     // the first thing that cannot be lowered
	local         map[string]string
	bindings      []string          // statements that tell the runtime methods, before those of setup
	binding       map[*rt.Type]bool // the types they are about
}

// NewUnit begins a cell. scope has what the cell declares, before does not.
func (p *Program) NewUnit(scope, before Scope) *Unit {
	return &Unit{Program: p, scope: scope, before: before, local: map[string]string{}, binding: map[*rt.Type]bool{}}
}

// Err is the first thing of the cell that cannot be lowered; nil when there is none.
func (u *Unit) Err() *Diagnostic { return u.err }

// guard runs f and keeps the first refusal.
func (u *Unit) guard(f func()) {
	defer func() {
		if r := recover(); r != nil {
			refused, ok := r.(unsupported)
			if !ok {
				panic(r)
			}
			if u.err == nil {
				u.err = &refused.Diagnostic
			}
		}
	}()
	f()
}

// Commit makes what the unit has added part of the program: the engine has taken its text.
func (u *Unit) Commit() {
	maps.Copy(u.instances, u.local)
	for t := range u.binding {
		u.bound[t] = true
	}
}

func (u *Unit) newLowerer(info *types.Info) *lowerer {
	return &lowerer{Unit: u, info: info, names: map[types.Object]string{}, used: map[string]int{}, tmp: new(int)}
}
