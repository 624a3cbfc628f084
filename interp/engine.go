package interp

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"strings"

	yaegi "github.com/traefik/yaegi/interp"
)

// An engine runs lowered cells: yaegi with our table.
type engine struct {
	y      *yaegi.Interpreter
	stdout *router
	stderr *router
	trace  *traceWriter
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
func (e *engine) run(ctx context.Context, name string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	e.trace.reset()
	_, err = e.y.EvalWithContext(ctx, name+"()")
	return err
}
