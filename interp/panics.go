package interp

import (
	"context"
	"errors"
	"reflect"

	"github.com/athanor-ml/athanor/interp/lower"
	"github.com/athanor-ml/athanor/interp/rt"
)

// runtimeError makes an Error of what a running cell ended with.
func (s *Session) runtimeError(ctx context.Context, err error) *Error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return &Error{Name: "Interrupt", Value: "the cell was interrupted; variables keep their values", Traceback: []string{"interrupted"}}
	}
	name, msg := "Panic", err.Error()
	var p cellPanic
	if errors.As(err, &p) {
		name, msg = rt.Describe(p.value)
	}
	positions := s.stack()
	if _, ok := p.value.(rt.OverflowError); ok { // the engine has nothing to say
		positions = s.markedPositions()
	}
	return s.tracebackError(name, msg, positions)
}

// markedPositions are where the innermost function and the cell stood last.
func (s *Session) markedPositions() (positions []lower.Position) {
	for _, mark := range []reflect.Value{s.innerMark, s.cellMark} {
		if at, ok := s.prog.Site(int(mark.Int())); ok {
			positions = append(positions, at.At)
		}
	}
	return positions
}

// tracebackError is an Error with a traceback of positions, innermost first.
func (s *Session) tracebackError(name, msg string, positions []lower.Position) *Error {
	e := &Error{Name: name, Value: msg}
	if len(positions) > 0 {
		at := positions[0]
		at.Column = 0
		e.Value += " (" + at.String() + ")"
	}
	e.Traceback = append(e.Traceback, name+": "+msg)
	for i, at := range positions {
		if i > 0 && at.Cell == positions[i-1].Cell && at.Line == positions[i-1].Line {
			continue
		}
		if i > 20 {
			e.Traceback = append(e.Traceback, "…")
			break
		}
		line := at
		line.Column = 0
		e.Traceback = append(e.Traceback, "  "+line.String())
		if ex := excerpt(s.texts[at.Cell], line); ex != nil {
			e.Traceback = append(e.Traceback, ex[0])
		}
	}
	return e
}
