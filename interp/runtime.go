package interp

import (
	"fmt"
	"io"
	"maps"
	"path"
	"reflect"
	"runtime"
	"strings"

	"github.com/athanor-ml/athanor/display"
)

// helperPath is the import path of the compiled functions that lowered cells call.
const helperPath = "athanor/rt"

// helper is the engine's name of a compiled helper.
func (s *Session) helper(name string) string { return s.engineImport(helperPath) + "." + name }

// tables adds our own tables to those of the user, and points the standard streams at the session.
func (s *Session) tables(user Exports) Exports {
	all := maps.Clone(user)
	all[helperPath+"/rt"] = map[string]reflect.Value{
		"Result":        reflect.ValueOf(func(v any) { s.setResult(v, true) }),
		"Results":       reflect.ValueOf(s.setResults),
		"Go":            reflect.ValueOf(func(site int, f func()) { s.goGuarded(s.routines.current().cell, site, f) }),
		"Offsets":       reflect.ValueOf(offsets),
		"NegativeShift": reflect.ValueOf(func() { panic(runtimeError("runtime error: negative shift amount")) }),
		"JSON":          reflect.ValueOf(s.jsonArg),
		"Stdout":        reflect.ValueOf(func() io.Writer { return s.stdout }),
		"Stderr":        reflect.ValueOf(func() io.Writer { return s.stderr }),
		"RawDeep":       reflect.ValueOf(rtRawDeep),
		"NilIface":      reflect.ValueOf(func() { panic(nilError{}) }),
		"Stop":          reflect.ValueOf(s.routines.check),
		"Recv":          reflect.ValueOf(s.rtRecv),
		"Send":          reflect.ValueOf(s.rtSend),
		"Select":        reflect.ValueOf(s.rtSelect),
		"Wait":          reflect.ValueOf(s.rtWait),
		"WaitGroupGo":   reflect.ValueOf(s.rtWaitGroupGo),
		"Print":         reflect.ValueOf(func(args ...any) { s.printBuiltin(false, args) }),
		"Println":       reflect.ValueOf(func(args ...any) { s.printBuiltin(true, args) }),
		"ClearMap":      reflect.ValueOf(func(m any) { reflect.ValueOf(m).Clear() }),
		"Box":           reflect.ValueOf(func(id int, v any) any { return Val{s.typeInfo(id), v} }),
		"Open":          reflect.ValueOf(open),
		"Raw":           reflect.ValueOf(rtRaw),
		"Any":           reflect.ValueOf(func(v any) any { return v }),
		"Into":          reflect.ValueOf(s.rtInto),
		"Get":           reflect.ValueOf(s.rtGet),
		"Has":           reflect.ValueOf(s.rtHas),
		"Bind":          reflect.ValueOf(s.rtBind),
		"Fail":          reflect.ValueOf(s.rtFail),
		"Eq":            reflect.ValueOf(equal),
		"RangeFault":    reflect.ValueOf(rangeFault),
		"NotNil":        reflect.ValueOf(notNil),
		"Method":        reflect.ValueOf(s.setMethod),
		"Recover":       reflect.ValueOf(s.rtRecover),
		"Deferred":      reflect.ValueOf(s.rtDeferred),
		"Through":       reflect.ValueOf(s.rtThrough),
		"NewDefers":     reflect.ValueOf(s.rtNewDefers),
		"RunDefers":     reflect.ValueOf(s.rtRunDefers),
		"Defer":         reflect.ValueOf(rtDefer),
		"Pending":       reflect.ValueOf(func(msg string) { panic(pendingError(msg)) }),
	}
	maps.Copy(all[helperPath+"/rt"], s.replacements())
	all[typesPath+"/types"] = map[string]reflect.Value{}
	return all
}

// offsets are where the runes of s begin.
func offsets(s string) []int {
	out := make([]int, 0, len(s))
	for i := range s {
		out = append(out, i)
	}
	return out
}

// setResults takes the values of a call that has several. A last one of type error is shown when it is not nil, and then
// alone.
func (s *Session) setResults(vs ...any) {
	if n := len(vs); n > 0 {
		switch err := vs[n-1].(type) {
		case error:
			s.setResult(err, true)
			return
		case nil:
			vs = vs[:n-1]
		}
	}
	if len(vs) == 1 {
		s.setResult(vs[0], true)
		return
	}
	s.setResult(tuple(vs), true)
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

// rtRaw is what the engine holds for x.
func rtRaw(x any) any {
	if v, ok := open(x).(Val); ok {
		return v.V
	}
	return x
}

// rtRawDeep is what the engine holds for x, with the Vals in its maps and slices of interfaces replaced too.
func rtRawDeep(x any) any {
	if v, ok := open(x).(Val); ok {
		if name, method := v.prints(); method != "" {
			panic(conversionError("templates would not call the method " + method + " of " + name + ": call it yourself, and hand over what it returns"))
		}
	}
	x = rtRaw(x)
	v := reflect.ValueOf(x)
	if !v.IsValid() || v.Kind() != reflect.Map && v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Interface || v.IsNil() {
		return x
	}
	raw := func(e reflect.Value) reflect.Value {
		r := reflect.ValueOf(rtRawDeep(e.Interface()))
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

// setMethod tells the session a method of a type that a cell has made.
func (s *Session) setMethod(id int, name string, f any) {
	t := s.typeInfo(id)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.s = s
	if t.methods == nil {
		t.methods = map[string]reflect.Value{}
	}
	t.methods[name] = reflect.ValueOf(f)
}

// pendingError is the panic of a function that cannot be called yet.
type pendingError string

func (e pendingError) Error() string { return string(e) }

// printBuiltin is print and println, which write to standard error.
func (s *Session) printBuiltin(ln bool, args []any) {
	var text strings.Builder
	for i, a := range args {
		if ln && i > 0 {
			text.WriteString(" ")
		}
		switch x := a.(type) {
		case float64:
			text.WriteString(fmt.Sprintf("%e", x))
		default:
			text.WriteString(fmt.Sprint(x))
		}
	}
	if ln {
		text.WriteString("\n")
	}
	_, _ = s.stderr.Write([]byte(text.String()))
}

// usual are the packages of the standard library that cells may use without importing them. Where two packages have one
// name, the one listed is meant.
var usual = []string{
	"bufio", "bytes", "cmp", "context", "encoding/json", "errors", "fmt", "image", "image/color", "io", "iter", "log", "maps", "math",
	"math/rand/v2", "os", "path/filepath", "reflect", "regexp", "runtime", "slices", "sort", "strconv", "strings", "sync", "sync/atomic", "time", "unicode", "unicode/utf8",
}

// autoImports lists the packages that need no import: the usual ones, those asked for, and all of this module.
func (s *Session) autoImports(more []string) {
	add := func(p string) {
		name := s.im.names[p]
		if name == "" {
			name = path.Base(p)
		}
		s.auto[name] = p
	}
	for _, p := range usual {
		if s.im.keys[p] != "" || s.source(p) != nil {
			add(p)
		}
	}
	for p := range s.im.keys {
		if len(p) > len(modulePath) && p[:len(modulePath)] == modulePath {
			add(p)
		}
	}
	for _, p := range more {
		add(p)
	}
}

const modulePath = "github.com/athanor-ml/athanor/"
