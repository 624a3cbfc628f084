package interp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/athanor-ml/athanor/interp/lower"
	"github.com/athanor-ml/athanor/interp/rt"
)

// A panic in a goroutine ends a Go program. In a notebook it ends the cell that started the goroutine, as an interrupt
// would, and the session lives on. When that cell has ended already, the panic is printed.

// errGoroutine is why the context of a cell ends when one of its goroutines panics.
var errGoroutine = errors.New("a goroutine of the cell panicked")

// A watch is the running cell, as goroutines see it.
type watch struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelCauseFunc // nil when no cell runs
	run    *rt.Run                 // the run of the cell
	panic  *goPanic                // the first panic of a goroutine during the cell
}

// A goPanic is a panic of a goroutine, kept until the cell has ended.
type goPanic struct {
	name, msg string
	fns       []string // the engine's functions on the way, innermost first
	inner     int      // the mark that the innermost one left
	started   int      // the mark of the go statement
}

// begin makes the context of a run of a cell.
func (w *watch) begin(parent context.Context, run *rt.Run) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.panic, w.run = nil, run
	w.ctx, w.cancel = context.WithCancelCause(parent)
	return w.ctx
}

// end closes the watch and is the panic that ended the cell, if one did. The context stays as it is: goroutines of the
// cell may go on with it.
func (w *watch) end() *goPanic {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel = nil
	return w.panic
}

// report ends the running cell with f, the panic of a goroutine that the run has started. It is false when the cell has ended,
// and perhaps another runs. A cell that is ending already takes no notice.
func (w *watch) report(run *rt.Run, f *goPanic) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel == nil || w.run != run {
		return false
	}
	if w.ctx.Err() == nil {
		w.panic = f
		w.cancel(errGoroutine)
	}
	return true
}

// panicked ends a cell with the panic of a goroutine of it, or prints it when that cell runs no more.
func (s *Session) panicked(site int, value any) {
	f := &goPanic{started: site, fns: s.rt.Trace.Functions(), inner: -1}
	if !rt.Race {
		f.inner = int(s.innerMark.Int())
	}
	f.name, f.msg = rt.Describe(value)
	f.msg = "panic in a goroutine: " + f.msg
	if debugStacks {
		fmt.Fprintf(s.rt.Stderr, "%s\n", debug.Stack())
	}
	if s.watch.report(s.rt.CurrentRun(), f) {
		return
	}
	s.mu.Lock()
	e := s.goError(f)
	s.mu.Unlock()
	fmt.Fprintln(s.rt.Stderr, e.Value)
}

// goError makes an Error of a goroutine's panic.
func (s *Session) goError(f *goPanic) *Error {
	return s.tracebackError(f.name, f.msg, s.goStack(f))
}

// goStack are the positions of the goroutine, innermost first, down to the go statement.
func (s *Session) goStack(f *goPanic) (positions []lower.Position) {
	for i, fn := range f.fns {
		base := baseFunction(fn)
		if p, ok := s.siteOf(f.inner, base); ok && i == 0 {
			positions = append(positions, p)
		} else if p := s.prog.Declared(base); p.Cell != 0 && fn == base {
			positions = append(positions, p)
		}
	}
	if at, ok := s.prog.Site(f.started); ok {
		positions = append(positions, at.At)
	}
	return positions
}
