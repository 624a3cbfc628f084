package rt

import (
	"io"
	"maps"
	"reflect"
	"runtime"
	"strings"

	"github.com/athanor-ml/athanor/display"
)

// Path is the import path under which lowered code finds the functions of Table.
const Path = "athanor/rt"

// Table returns the functions that lowered code calls, by the names under which it calls them.
func (rt *Runtime) Table() map[string]reflect.Value {
	fs := map[string]any{
		// the value of a cell, and what a cell prints with the predeclared functions
		"Result":     func(v any) { rt.host.Result(rt.shown(v)) },
		"Shown":      rt.shown,
		"Results":    rt.results,
		"Print":      func(args ...any) { rt.printBuiltin(false, args) },
		"Println":    func(args ...any) { rt.printBuiltin(true, args) },
		"PrintIface": func(v any) any { return printedIface{v} },
		"Stdout":     func() io.Writer { return rt.Stdout },
		"Stderr":     func() io.Writer { return rt.Stderr },

		// values in interfaces
		"Any":     func(v any) any { return v },
		"Box":     func(id int, v any) any { return Val{rt.typeOf(id), v} },
		"Open":    open,
		"Raw":     raw,
		"RawDeep": rawDeep,
		"JSON":    rt.jsonArg,
		"Logged":  rt.logged,
		"Into":    rt.convertInto,
		"Get":     rt.get,
		"Has":     rt.has,
		"Bind":    rt.bind,
		"Fail":    rt.fail,
		"Eq":      equal,
		"NotNil":  notNil,
		"Method":  rt.setMethod,

		// faults
		"NegativeShift": func() { panic(runtimeError("runtime error: negative shift amount")) },
		"NilIface":      func() { panic(nilError{}) },
		"Pending":       func(msg string) { panic(pendingError(msg)) },
		"RangeFault":    rangeFault,

		// deferred calls
		"Recover":   rt.recoverPanic,
		"Deferred":  rt.deferred,
		"Through":   rt.through,
		"NewDefers": rt.newDefers,
		"RunDefers": rt.runDefers,
		"Defer":     deferCall,

		// goroutines and what blocks them
		"Go":          func(site int, f func()) { rt.goGuarded(rt.current().cell, site, f) },
		"Stop":        rt.check,
		"Enter":       rt.enter,
		"Recv":        rt.recv,
		"Send":        rt.send,
		"Select":      rt.selectCase,
		"Wait":        rt.wait,
		"WaitGroupGo": rt.waitGroupGo,

		// what the engine does wrong
		"ClearMap": func(m any) { reflect.ValueOf(m).Clear() },
		"Offsets":  offsets,
	}
	maps.Copy(fs, rt.replacements())
	table := make(map[string]reflect.Value, len(fs))
	for name, f := range fs {
		table[name] = reflect.ValueOf(f)
	}
	return table
}

// offsets are where the runes of s begin.
func offsets(s string) []int {
	out := make([]int, 0, len(s))
	for i := range s {
		out = append(out, i)
	}
	return out
}

// results takes the values of a call that has several. A last one of type error is shown when it is not nil, and then
// alone.
func (rt *Runtime) results(vs ...any) {
	if n := len(vs); n > 0 {
		switch err := vs[n-1].(type) {
		case error:
			rt.host.Result(rt.shown(err))
			return
		case nil:
			vs = vs[:n-1]
		}
	}
	if len(vs) == 1 {
		rt.host.Result(rt.shown(vs[0]))
		return
	}
	rt.host.Result(tuple(vs))
}

// A tuple is several values shown as one.
type tuple []any

func (t tuple) String() string {
	parts := make([]string, len(t))
	for i, v := range t {
		parts[i] = display.Text(v)
	}
	return strings.Join(parts, ", ")
}

// rangeFault panics because a function that a loop ranges over has called its yield again, by what the body has done: 1 it is
// running or has panicked, 2 it has ended the loop, 3 the loop is over; or 4 because it has kept a panic of the body to itself.
func rangeFault(state int) {
	panic(runtimeError("runtime error: range function " + [...]string{
		1: "continued iteration after loop body panic",
		2: "continued iteration after function for loop body returned false",
		3: "continued iteration after whole loop exit",
		4: "recovered a loop body panic and did not resume panicking",
	}[state]))
}

// notNil is v as panic takes it.
func notNil(v any) any {
	if v == nil {
		return new(runtime.PanicNilError)
	}
	return v
}

// raw is what the engine holds for x.
func raw(x any) any {
	if v, ok := open(x).(Val); ok {
		return v.V
	}
	return x
}

// rawDeep is what the engine holds for x, with the Vals in its maps and slices of interfaces replaced too.
func rawDeep(x any) any {
	if v, ok := open(x).(Val); ok {
		if name, method := v.prints(); method != "" {
			panic(conversionError("templates would not call the method " + method + " of " + name + ": call it yourself, and hand over what it returns"))
		}
	}
	x = raw(x)
	v := reflect.ValueOf(x)
	if !v.IsValid() || v.Kind() != reflect.Map && v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Interface || v.IsNil() {
		return x
	}
	raw := func(e reflect.Value) reflect.Value {
		r := reflect.ValueOf(rawDeep(e.Interface()))
		if !r.IsValid() || !r.Type().AssignableTo(v.Type().Elem()) {
			return e
		}
		return r
	}
	if v.Kind() == reflect.Map {
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), raw(it.Value()))
		}
		return out.Interface()
	}
	out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		out.Index(i).Set(raw(v.Index(i)))
	}
	return out.Interface()
}

// pendingError is the panic of a function that cannot be called yet.
type pendingError string

func (e pendingError) Error() string { return string(e) }
