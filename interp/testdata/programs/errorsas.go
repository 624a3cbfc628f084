package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

type E struct{ Code int }

func (e E) Error() string { return fmt.Sprintf("E%d", e.Code) }

type P struct{ Msg string }

func (p *P) Error() string        { return "P:" + p.Msg }
func (p *P) Is(target error) bool { return target == io.EOF }

var ErrX = errors.New("x")

func f(i int) error {
	switch i {
	case 0:
		return E{3}
	case 1:
		return &P{"hi"}
	case 2:
		return fmt.Errorf("wrap: %w", E{5})
	case 3:
		return errors.Join(ErrX, &P{"j"})
	}
	return nil
}

func main() {
	for i := range 5 {
		err := f(i)
		fmt.Println(err)
		var e E
		if errors.As(err, &e) {
			fmt.Println("as E", e.Code)
		}
		var p *P
		if errors.As(err, &p) {
			fmt.Println("as P", p.Msg)
		}
		fmt.Println(errors.Is(err, ErrX), errors.Is(err, io.EOF), err == nil)
	}
	_, err := os.Open("/nonexistent")
	fmt.Println(errors.Is(err, os.ErrNotExist))
	var pe *os.PathError
	fmt.Println(errors.As(err, &pe), pe.Path)
	fmt.Printf("%v %s %q\n", E{1}, E{2}, E{3})
	if e, ok := f(0).(E); ok {
		fmt.Println("assert", e.Code)
	}
	switch e := f(1).(type) {
	case E:
		fmt.Println("E", e.Code)
	case *P:
		fmt.Println("*P", e.Msg)
	}
	var nilErr error
	fmt.Println(nilErr, nilErr == nil)
}
