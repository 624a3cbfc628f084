package interp

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"reflect"
	"strings"
	"sync"

	"github.com/athanor-ml/athanor/display"
	"github.com/athanor-ml/athanor/interp/imports"
	"github.com/athanor-ml/athanor/interp/lower"
	"github.com/athanor-ml/athanor/interp/rt"
)

// Exports is the table of what cells may call.
type Exports = imports.Exports

// Options configure a Session.
type Options struct {
	Symbols Exports   // what cells may import; see package symbols
	Auto    []string  // import paths of packages that need no import, beside the usual ones
	Stdin   io.Reader // standard input of cells; nil is empty
	// MaxStack is how many bytes of stack a goroutine of cells may use before its cell ends with a StackOverflow; 0 is 900 MB, a
	// million calls of a plain function of itself.
	MaxStack int
	Docs     func(key string) Doc // what is known of "import/path.Name", for Inspect and Complete; may be nil
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

	fset      *token.FileSet
	im        *imports.Importer
	eng       *engine
	rt        *rt.Runtime
	prog      *lower.Program
	st        *state
	auto      map[string]string     // package name -> path, for packages that need no import
	aliasPath map[string]string     // our own name for a package in checked source -> path
	aliasName map[string]string     // … -> what the user calls it
	named     map[string]types.Type // compiled types by the names they have in typeRefs
	typeASTs  map[string]ast.Expr   // parsed typeRefs
	texts     map[int]string        // source of the cells
	docs      func(string) Doc
	onText    func(text string) // is told what the engine is given; may be nil

	result    any
	hasResult bool
	watch     watch
	cellMark  reflect.Value // the engine's variable of the cell's mark
	innerMark reflect.Value // … of the innermost function's
	stopMark  reflect.Value // … that says whether a cell is stopping
	callsMark reflect.Value // … of calls until the runtime looks at the stack
}

// aliasMark ends the names that we give to packages in checked source.
const aliasMark = "ꞏpkg"

// New makes a Session with nothing declared.
func New(o Options) (*Session, error) {
	if len(o.Symbols) == 0 {
		return nil, fmt.Errorf("interp: Options.Symbols is empty: cells could not import anything")
	}
	s := &Session{
		fset: token.NewFileSet(), st: newState(), auto: map[string]string{}, aliasPath: map[string]string{}, aliasName: map[string]string{},
		named: map[string]types.Type{}, typeASTs: map[string]ast.Expr{}, texts: map[int]string{}, docs: o.Docs,
	}
	if s.docs == nil {
		s.docs = func(string) Doc { return Doc{} }
	}
	if os.Getenv("ATHANOR_DEBUG") == "text" {
		s.onText = func(text string) { fmt.Fprintln(os.Stderr, text) }
	}
	s.rt = rt.New(host{s})
	if o.MaxStack > 0 {
		s.rt.MaxStack = uintptr(o.MaxStack)
	}
	display.SetText(s.rt.Text)
	exports := maps.Clone(o.Symbols)
	exports[rt.Path+"/rt"] = s.rt.Table()
	exports[lower.TypesPath+"/types"] = map[string]reflect.Value{}
	s.im = imports.New(exports, s.fset)
	s.autoImports(o.Auto)
	stdin := o.Stdin
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	eng, err := newEngine(exports, s.rt, stdin)
	if err != nil {
		return nil, err
	}
	s.eng = eng
	s.prog = lower.NewProgram(s.fset, s.im, s.rt, eng.use)
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
	s.rt.Stdout.Redirect(out)
	s.rt.Stderr.Redirect(out)
	thisRun := s.rt.NewRun(count)
	ctx, user := s.watch.begin(ctx, thisRun), ctx
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
	s.rt.Trace.Reset()
	shown := &Result{} // a cell that is left behind may write it later
	f, e := s.eng.function(name)
	if e == nil {
		e = s.eng.run(ctx, thisRun, func() {
			f()
			if v, ok := s.takeResult(); ok {
				*shown = Result{Shown: true, Data: display.Bundle(v)}
			}
		})
	}
	if f := s.watch.end(); f != nil {
		return Result{}, s.goError(f)
	}
	if e != nil {
		return Result{}, s.runtimeError(user, e)
	}
	return *shown, nil
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
