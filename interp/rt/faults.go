package rt

import (
	"fmt"
	"reflect"
	"strings"
)

// Describe names a panic value, by its type if that is an error of a compiled package and "Panic" if not, and is its text as Go prints it.
func Describe(v any) (name, msg string) {
	if rv, ok := v.(reflect.Value); ok {
		if !rv.IsValid() || !rv.CanInterface() {
			return "Panic", "nil"
		}
		v = rv.Interface()
	}
	if e, ok := v.(OverflowError); ok {
		return "StackOverflow", e.Error()
	}
	name = "Panic"
	if t := reflect.TypeOf(v); t != nil {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if _, isErr := v.(error); isErr && t.PkgPath() != "" && strings.HasSuffix(t.Name(), "Error") && t.PkgPath() != "runtime" && t.PkgPath() != "reflect" && t.PkgPath() != ourPath {
			name = t.Name()
		}
	}
	return name, plainPanic(panicText(v))
}

var ourPath = reflect.TypeFor[Runtime]().PkgPath()

// plainPanic puts the engine's words for a fault into Go's.
func plainPanic(msg string) string {
	switch {
	case strings.HasPrefix(msg, "reflect: slice index out of range"), strings.HasPrefix(msg, "reflect: array index out of range"), strings.HasPrefix(msg, "reflect: string index out of range"):
		return "runtime error: index out of range"
	case strings.Contains(msg, "slice3 index out of"), strings.HasPrefix(msg, "reflect.Value.Slice"):
		return "runtime error: slice bounds out of range"
	case msg == "reflect.MakeSlice: negative len":
		return "runtime error: makeslice: len out of range"
	case msg == "reflect.MakeSlice: negative cap", msg == "reflect.MakeSlice: len > cap":
		return "runtime error: makeslice: cap out of range"
	case msg == "reflect.MakeChan: negative buffer size":
		return "makechan: size out of range"
	case strings.HasSuffix(msg, "call of nil function"), msg == "reflect: Method on nil interface value":
		return "runtime error: invalid memory address or nil pointer dereference"
	case strings.HasPrefix(msg, "reflect: call of") && strings.Contains(msg, "zero Value"):
		return "runtime error: invalid memory address or nil pointer dereference"
	case msg == "assignment to entry in nil map", strings.Contains(msg, "SetMapIndex: value of type"):
		return "assignment to entry in nil map"
	case strings.Contains(msg, "zero Value"), strings.Contains(msg, "on zero reflect"), strings.Contains(msg, "unaddressable value"), strings.Contains(msg, "nil pointer dereference"):
		return "runtime error: invalid memory address or nil pointer dereference"
	}
	if text, ok := strings.CutPrefix(msg, "reflect: cannot convert slice with length "); ok {
		n, _, _ := strings.Cut(text, " ")
		return "runtime error: cannot convert slice with length " + n + " to array or pointer to array with length " + text[strings.LastIndex(text, " ")+1:]
	}
	if t, ok := strings.CutPrefix(msg, "hash of unhashable type: "); ok {
		return "runtime error: hash of unhashable type " + t
	}
	if i := strings.Index(msg, "interface conversion: "); i > 0 {
		return msg[i:]
	}
	return msg
}

// panicText is the text of a panic value.
func panicText(v any) string {
	if e, ok := v.(error); ok {
		return e.Error()
	}
	return fmt.Sprint(v)
}

// recovered is what recover gives, in Go's words where the engine has its own.
func recovered(v any) any {
	if rv, ok := v.(reflect.Value); ok {
		if !rv.IsValid() || !rv.CanInterface() {
			return nil
		}
		v = rv.Interface()
	}
	switch x := v.(type) {
	case string:
		if plain := plainPanic(x); plain != x {
			return runtimeError(plain)
		}
	case error:
		if plain := plainPanic(x.Error()); plain != x.Error() {
			return runtimeError(plain)
		}
	}
	return v
}

// runtimeError is a fault such as an index out of range.
type runtimeError string

func (e runtimeError) Error() string { return string(e) }

// RuntimeError marks it as Go's own does.
func (runtimeError) RuntimeError() {}

// typeName is that of Go's own.
func (e runtimeError) typeName() string {
	text := strings.TrimPrefix(string(e), "runtime error: ")
	switch {
	case strings.HasPrefix(text, "index out of range"), strings.HasPrefix(text, "slice bounds out of range"), strings.HasPrefix(text, "cannot convert slice"):
		return "runtime.boundsError"
	case text == string(e):
		return "runtime.plainError"
	}
	return "runtime.errorString"
}
