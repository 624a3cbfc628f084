package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

type NotFound struct{ Name string }

func (e NotFound) Error() string { return e.Name + " not found" }

type Temp struct{ err error }

func (t *Temp) Error() string   { return "temp: " + t.err.Error() }
func (t *Temp) Unwrap() error   { return t.err }
func (t *Temp) Temporary() bool { return true }

type Code int

func (c Code) Error() string        { return fmt.Sprintf("code %d", int(c)) }
func (c Code) Is(target error) bool { return target == ErrBase }

var ErrBase = errors.New("base")

type multi []error

func (m multi) Error() string   { return fmt.Sprint(len(m), " errors") }
func (m multi) Unwrap() []error { return m }
func find(n string) error {
	switch n {
	case "":
		return nil
	case "t":
		return &Temp{NotFound{n}}
	case "io":
		return fmt.Errorf("reading %q: %w", n, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("find: %w", NotFound{n})
}
func mayFail(fail bool) (err error) {
	var t *Temp
	if fail {
		t = &Temp{io.EOF}
		return t
	}
	return nil
}
func main() {
	for _, n := range []string{"", "x", "t", "io"} {
		err := find(n)
		var nf NotFound
		var tmp interface{ Temporary() bool }
		fmt.Println(err, errors.As(err, &nf), nf.Name, errors.As(err, &tmp), errors.Is(err, io.ErrUnexpectedEOF), errors.Unwrap(err) != nil, errors.Is(err, NotFound{n}))
	}
	w := fmt.Errorf("outer: %w", fmt.Errorf("mid: %w", Code(3)))
	var c Code
	fmt.Println(errors.Is(w, ErrBase), errors.As(w, &c), int(c), w)
	two := fmt.Errorf("%w and %w", Code(1), io.EOF)
	fmt.Println(two, errors.Is(two, io.EOF), errors.Is(two, Code(1)))
	j := errors.Join(nil, NotFound{"a"}, nil, io.EOF)
	var nf NotFound
	fmt.Println(j, errors.As(j, &nf), nf, errors.Join(nil, nil) == nil)
	m := multi{io.EOF, &Temp{NotFound{"deep"}}}
	var e error = m
	fmt.Println(e, errors.Is(e, io.EOF), errors.As(e, &nf), nf.Name)
	var t *Temp
	fmt.Println(errors.As(e, &t), t.Temporary(), t)
	fmt.Println(mayFail(false) == nil, mayFail(true))
	_, err := os.Open("/does/not/exist")
	var pe *fs.PathError
	fmt.Println(errors.Is(err, fs.ErrNotExist), errors.As(err, &pe), pe.Op, pe.Path)
	if nf, ok := errors.AsType[NotFound](find("q")); ok {
		fmt.Println("astype", nf.Name)
	}
	defer func() {
		r := recover()
		err, ok := r.(error)
		fmt.Println(ok, err, errors.Is(err, io.EOF))
	}()
	panic(fmt.Errorf("panicked: %w", io.EOF))
}
