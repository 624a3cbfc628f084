package interp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
)

// A panic in a goroutine ends a Go program. In a notebook it ends the running cell, as an interrupt would, and the session
// lives on. When no cell runs there is nothing to end, and the panic is printed.

// errGoroutine is why the context of a cell ends when one of its goroutines panics.
var errGoroutine = errors.New("a goroutine of the cell panicked")

// A watch is the running cell, as goroutines see it.
type watch struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelCauseFunc // nil when no cell runs
	fault  *goFault                // the first panic of a goroutine during the cell
}

// A goFault is a panic of a goroutine, kept until the cell has ended.
type goFault struct {
	name, msg string
	fns       []string // the engine's functions on the way, innermost first
	inner     int      // the mark that the innermost one left
	started   int      // the mark of the go statement
}

// begin makes the context of a cell.
func (w *watch) begin(parent context.Context) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = nil
	w.ctx, w.cancel = context.WithCancelCause(parent)
	return w.ctx
}

// end closes the watch and is the panic that ended the cell, if one did. The context stays as it is: goroutines of the
// cell may go on with it.
func (w *watch) end() *goFault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel = nil
	return w.fault
}

// report ends the running cell with f. It is false when there is none. A cell that is ending already takes no notice.
func (w *watch) report(f *goFault) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel == nil {
		return false
	}
	if w.ctx.Err() == nil {
		w.fault = f
		w.cancel(errGoroutine)
	}
	return true
}

// goGuarded runs f in a goroutine of the cell, which the go statement with the mark started.
func (s *Session) goGuarded(cell *cellRun, started int, f func()) {
	cell.start(func() {
		defer func() {
			r := recover()
			if _, stopped := r.(stopError); r == nil || stopped {
				return
			}
			g := &goFault{started: started, fns: s.eng.trace.functions(), inner: -1}
			if !raceBuild {
				g.inner = int(s.innerMark.Int())
			}
			g.name, g.msg = s.describePanic(r)
			g.msg = "panic in a goroutine: " + g.msg
			if os.Getenv("ATHANOR_DEBUG") != "" {
				fmt.Fprintf(s.stderr, "%s\n", debug.Stack())
			}
			if !s.watch.report(g) {
				s.mu.Lock()
				e := s.goError(g)
				s.mu.Unlock()
				fmt.Fprintln(s.stderr, e.Value)
			}
		}()
		f()
	})
}

// goError makes an Error of a goroutine's panic.
func (s *Session) goError(f *goFault) *Error {
	return s.placedError(f.name, f.msg, s.goStack(f))
}

// goStack are the places of the goroutine, innermost first, down to the go statement.
func (s *Session) goStack(f *goFault) (places []place) {
	for i, fn := range f.fns {
		base := baseFunction(fn)
		if p, ok := s.siteOf(f.inner, base); ok && i == 0 {
			places = append(places, p)
		} else if p := s.funcPlaces[base]; p.cell != 0 && fn == base {
			places = append(places, p)
		}
	}
	if f.started != noSite {
		places = append(places, s.sites[f.started].at)
	}
	return places
}
