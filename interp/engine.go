package interp

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	yaegi "github.com/traefik/yaegi/interp"
)

// An engine runs lowered cells: yaegi with our table.
type engine struct {
	y      *yaegi.Interpreter
	stdout *router
	stderr *router
	trace  *traceWriter
	cell   atomic.Value // func(f func()): calls the function of the running cell
}

func newEngine(exports Exports, stdout, stderr *router, stdin io.Reader) (*engine, error) {
	e := &engine{stdout: stdout, stderr: stderr, trace: &traceWriter{}}
	e.y = yaegi.New(yaegi.Options{Stdin: stdin, Stdout: stdout, Stderr: e.trace, Unrestricted: true})
	if err := e.y.Use(yaegi.Exports(exports)); err != nil {
		return nil, fmt.Errorf("interpreter: symbol tables: %w", err)
	}
	return e, nil
}

// use adds one compiled symbol.
func (e *engine) use(key, name string, v reflect.Value) error {
	return e.y.Use(yaegi.Exports{key: {name: v}})
}

// declare adds declarations.
func (e *engine) declare(text string) (err error) {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
			if debugLowering {
				err = fmt.Errorf("%v\n%s", r, debug.Stack())
			}
		}
	}()
	_, err = e.y.Eval(text)
	return err
}

// run calls a function without parameters. It comes back when the function does or soon after ctx ends; a function that
// was stopped in a blocking compiled call is left behind and stops when that call returns.
func (e *engine) run(ctx context.Context, helper, name string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	e.trace.reset()
	done := make(chan struct{})
	e.cell.Store(func(f func()) { runCell(ctx, done, f) })
	if _, err = e.y.EvalWithContext(ctx, helper+"("+name+")"); ctx.Err() != nil {
		e.stop(ctx, done)
	}
	return err
}

// stop waits until the interrupted cell has returned. A cell that was only starting when the engine was told to stop has
// missed it, so the engine is told again and again.
func (e *engine) stop(ended context.Context, done <-chan struct{}) {
	for range int(stopPatience / time.Millisecond) {
		select {
		case <-done:
			time.Sleep(time.Millisecond) // the engine has a few instructions left, and does not say when it is through
			return
		case <-time.After(time.Millisecond):
			_, _ = e.y.EvalWithContext(ended, "(") // does not parse, so nothing runs
		}
	}
}

// stopPatience is how long an interrupted cell may take to leave the statement it is in before it is left behind.
const stopPatience = 50 * time.Millisecond

// runCell calls the cell's function and tells when it has returned.
func runCell(ctx context.Context, done chan<- struct{}, f func()) {
	defer close(done)
	if ctx.Err() == nil {
		f()
	}
}
