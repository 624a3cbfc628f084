package interp

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"reflect"
	"strings"
	"sync"

	"github.com/athanor-ml/athanor/display"
)

// Options configure a Session.
type Options struct {
	Symbols Exports              // what cells may import; see package symbols
	Auto    []string             // import paths of packages that need no import, beside the usual ones
	Stdin   io.Reader            // standard input of cells; nil is empty
	Docs    func(key string) Doc // what is known of "import/path.Name", for Inspect and Complete; may be nil
}

// Doc is documentation of a compiled name.
type Doc struct {
	Params []string
	Text   string
}

// A Session is the state of one notebook. Execute runs one cell at a time; the other methods may be called while it runs.
type Session struct {
	run sync.Mutex // held while a cell runs
	mu  sync.Mutex // guards everything below

	fset         *token.FileSet
	im           *importer
	eng          *engine
	st           *state
	auto         map[string]string         // package name -> path, for packages that need no import
	aliasPath    map[string]string         // our own name for a package in checked source -> path
	aliasName    map[string]string         // … -> what the user calls it
	named        map[string]types.Type     // compiled types by the names they have in typeRefs
	typeASTs     map[string]ast.Expr       // parsed typeRefs
	sources      map[string]*sourcePkg     // the prelude
	imported     map[string]string         // what the engine has imported: path -> name
	pending      []string                  // imports the engine has not seen yet
	extra        map[reflect.Type]string   // compiled types named through a table of ours
	instances    map[string]string         // generic instances the engine has
	locals       map[localKey]*types.Named // types of generic functions, with type arguments
	localIDs     map[*types.TypeName]int   // types of function bodies, numbered
	marks        map[string]string         // the engine's struct types -> the name that the user knows
	sites        []site                    // the statements that leave marks
	cellFuncs    map[string]bool           // the engine's functions that are cells
	funcPlaces   map[string]place          // where the engine's other functions are declared
	methodSets   []*methodSet              // of interfaces, by number
	methodSetIDs map[string]int
	lacking      sync.Map             // compiled types and sets -> the method that the type lacks
	typeIDs      map[string]*typeInfo // types of cells that interfaces have held, by key
	typeList     []*typeInfo          // by id
	shapes       map[string]*shape    // by the same keys
	versions     int
	texts        map[int]string // source of the cells
	docs         func(string) Doc

	stdout, stderr *router
	result         any
	hasResult      bool
	routines       *routines
	watch          watch
	holders        sync.Map      // compiled types -> whether they may hold Vals
	cellMark       reflect.Value // the engine's variable of the cell's mark
	innerMark      reflect.Value // … of the innermost function's
	stopMark       reflect.Value // … that says whether a cell is stopping
}

// aliasMark ends the names that we give to packages in checked source.
const aliasMark = "ꞏpkg"

// New makes a Session with nothing declared.
func New(o Options) (*Session, error) {
	if len(o.Symbols) == 0 {
		return nil, fmt.Errorf("interp: Options.Symbols is empty: cells could not import anything")
	}
	s := &Session{
		fset: token.NewFileSet(), st: newState(), auto: map[string]string{}, aliasPath: map[string]string{}, aliasName: map[string]string{}, named: map[string]types.Type{},
		typeASTs: map[string]ast.Expr{}, sources: map[string]*sourcePkg{}, imported: map[string]string{}, extra: map[reflect.Type]string{},
		instances: map[string]string{}, marks: map[string]string{}, locals: map[localKey]*types.Named{}, localIDs: map[*types.TypeName]int{}, methodSetIDs: map[string]int{}, texts: map[int]string{}, cellFuncs: map[string]bool{}, typeIDs: map[string]*typeInfo{}, shapes: map[string]*shape{}, funcPlaces: map[string]place{}, docs: o.Docs,
		routines: newRoutines(), stdout: &router{name: "stdout"}, stderr: &router{name: "stderr"},
	}
	if s.docs == nil {
		s.docs = func(string) Doc { return Doc{} }
	}
	exports := s.tables(o.Symbols)
	s.im = newImporter(exports)
	s.im.source = s.source
	s.autoImports(o.Auto)
	stdin := o.Stdin
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	eng, err := newEngine(exports, s.stdout, s.stderr, stdin)
	if err != nil {
		return nil, err
	}
	s.eng = eng
	if err := s.declareMarks(); err != nil {
		return nil, err
	}
	return s, nil
}

// Result is what the last expression of a cell was.
type Result struct {
	Shown bool           // the cell ended in an expression with a value
	Data  map[string]any // its MIME bundle
}

// Execute runs a cell. count is its execution number, which names it in messages. What it shows goes to out; the bundle of
// its last expression is returned. When ctx ends the cell stops with an Error named "Interrupt" and the session lives on.
func (s *Session) Execute(ctx context.Context, code string, count int, out Output) (res Result, err *Error) {
	s.run.Lock()
	defer s.run.Unlock()
	s.stdout.set(out)
	s.stderr.set(out)
	ctx, user := s.watch.begin(ctx), ctx
	defer s.watch.end()
	display.SetSink(ctx, out)
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Name: "InternalError", Value: fmt.Sprintf("the interpreter failed on this cell: %v", r), Traceback: []string{fmt.Sprintf("%v", r), "please report this cell"}}
		}
	}()
	name, err := s.compile(code, count, out)
	if err != nil || name == "" {
		return Result{}, err
	}
	s.setResult(nil, false)
	s.clearMarks()
	e := s.eng.run(ctx, s.routines.newRun(count), name)
	if f := s.watch.end(); f != nil {
		return Result{}, s.goError(f)
	}
	if e != nil {
		return Result{}, s.runtimeError(user, e)
	}
	if v, ok := s.takeResult(); ok {
		return Result{Shown: true, Data: display.Bundle(v)}, nil
	}
	return Result{}, nil
}

func (s *Session) setResult(v any, ok bool) {
	s.mu.Lock()
	s.result, s.hasResult = v, ok
	s.mu.Unlock()
}

func (s *Session) takeResult() (any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.result, s.hasResult
}

// version makes a name that the engine has not seen.
func (s *Session) version(base string) string {
	s.versions++
	return fmt.Sprintf("%sꞏ%d", base, s.versions)
}
