package main

import (
	"errors"
	"fmt"
	"io/fs"
)

type code int

func (c code) Error() string   { return fmt.Sprint("code ", int(c)) }
func (c code) Temporary() bool { return c > 1 }

type wrap struct{ err error }

func (w *wrap) Error() string { return "wrap " + w.err.Error() }
func (w *wrap) Unwrap() error { return w.err }

type shape struct{}

func (shape) Error() string { return "shape" }
func (shape) As(target any) bool {
	switch t := target.(type) {
	case *code:
		*t = 42
	case **wrap:
		*t = &wrap{code(1)}
	case **fs.PathError:
		*t = &fs.PathError{Op: "made", Path: "p", Err: fs.ErrExist}
	default:
		return false
	}
	return true
}
func (shape) Is(target error) bool { return target == fs.ErrClosed }

type many []error

func (m many) Error() string   { return fmt.Sprint(len(m), " errors") }
func (m many) Unwrap() []error { return m }

func main() {
	err := fmt.Errorf("outer: %w", many{errors.New("x"), &wrap{shape{}}})
	var c code
	fmt.Println(errors.As(err, &c), c)
	var w *wrap
	fmt.Println(errors.As(err, &w), w)
	fmt.Println(errors.As(shape{}, &w), w)
	var p *fs.PathError
	fmt.Println(errors.As(err, &p), p)
	var t interface{ Temporary() bool }
	fmt.Println(errors.As(err, &t), errors.As(errors.Join(err, code(5)), &t), t)
	fmt.Println(errors.Is(err, fs.ErrClosed), errors.Is(err, fs.ErrExist), errors.Is(err, nil), errors.Is(nil, err), errors.Is(nil, nil))
	if s, ok := errors.AsType[shape](err); ok {
		fmt.Println(s)
	}
}
