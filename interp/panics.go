package interp

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

var placeText = regexp.MustCompile(`\b(\d{6,}):(\d+):`)

// parsePlace finds the position that a line directive has put into the engine's message.
func parsePlace(line string) (place, bool) {
	m := placeText.FindStringSubmatch(line)
	if m == nil {
		return place{}, false
	}
	ln, _ := strconv.Atoi(m[1])
	col, _ := strconv.Atoi(m[2])
	return place{ln / lineBase, ln % lineBase, col}, true
}

// runtimeError makes an Error of what a running cell ended with.
func (s *Session) runtimeError(ctx context.Context, err error) *Error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return &Error{Name: "Interrupt", Value: "the cell was interrupted; variables keep their values", Traceback: []string{"interrupted"}}
	}
	name, msg := "Panic", err.Error()
	var p cellPanic
	if errors.As(err, &p) {
		name, msg = s.describePanic(p.value)
	}
	return s.placedError(name, msg, s.stack())
}

// placedError is an Error with a traceback of places, innermost first.
func (s *Session) placedError(name, msg string, places []place) *Error {
	e := &Error{Name: name, Value: msg}
	if len(places) > 0 {
		at := places[0]
		at.col = 0
		e.Value += " (" + at.String() + ")"
	}
	e.Traceback = append(e.Traceback, name+": "+msg)
	for i, at := range places {
		if i > 0 && at.cell == places[i-1].cell && at.line == places[i-1].line {
			continue
		}
		if i > 20 {
			e.Traceback = append(e.Traceback, "…")
			break
		}
		line := at
		line.col = 0
		e.Traceback = append(e.Traceback, "  "+line.String())
		if ex := excerpt(s.texts[at.cell], line); ex != nil {
			e.Traceback = append(e.Traceback, ex[0])
		}
	}
	return e
}

// describePanic names a panic value: a typed error of a compiled package by its type, all else "Panic".
func (s *Session) describePanic(v any) (name, msg string) {
	if rv, ok := v.(reflect.Value); ok {
		if !rv.IsValid() || !rv.CanInterface() {
			return "Panic", "nil"
		}
		v = rv.Interface()
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
	return name, plainPanic(s.format(v))
}

var ourPath = reflect.TypeFor[Session]().PkgPath()

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

// format is the text of a value as fmt.Println would write it in compiled Go.
func (s *Session) format(v any) string {
	if e, ok := v.(error); ok {
		return e.Error()
	}
	return fmt.Sprint(v)
}
