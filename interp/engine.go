package interp

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	yaegi "github.com/traefik/yaegi/interp"

	"github.com/athanor-ml/athanor/interp/imports"
	"github.com/athanor-ml/athanor/interp/rt"
)

// An engine runs lowered cells: yaegi with our table.
type engine struct {
	y  *yaegi.Interpreter
	rt *rt.Runtime
}

func newEngine(exports imports.Exports, run *rt.Runtime, stdin io.Reader) (*engine, error) {
	e := &engine{rt: run}
	e.y = yaegi.New(yaegi.Options{Stdin: stdin, Stdout: run.Stdout, Stderr: run.Trace, Unrestricted: true})
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

// stopPatience is how long an interrupted cell may take to leave the statement it is in before it is left behind.
const stopPatience = 50 * time.Millisecond

// function is a function of the engine without parameters.
func (e *engine) function(name string) (func(), error) {
	v, err := e.y.Eval(name)
	if err != nil {
		return nil, err
	}
	f, ok := v.Interface().(func())
	if !ok {
		return nil, fmt.Errorf("interpreter: %s is %s, not a function", name, v.Type())
	}
	return f, nil
}

// run calls a function for a cell. It comes back when the function does or soon after ctx ends; a function that was stopped in a
// blocking compiled call is left behind and stops when that call returns.
func (e *engine) run(ctx context.Context, cell *rt.Run, f func()) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	done := make(chan error, 1)
	cell.Start(func() { e.protect(f, done) })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		cell.Stop()
		cell.Wait(stopPatience)
		return ctx.Err()
	}
}

// protect calls f and sends the panic that ended it, or nil.
func (e *engine) protect(f func(), done chan<- error) {
	var err error
	defer func() { // also after runtime.Goexit
		if r := recover(); r != nil {
			err = cellPanic{r}
		}
		if e.rt.Overflowed() {
			err = cellPanic{rt.OverflowError{}}
		}
		done <- err
	}()
	f()
}

// A cellPanic is a panic that ended a cell.
type cellPanic struct{ value any }

func (p cellPanic) Error() string { return fmt.Sprint(p.value) }
