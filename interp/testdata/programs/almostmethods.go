package main

import (
	"errors"
	"fmt"
)

type a struct{}

func (a) Error(code int) string { return "not" }

type b struct{}

func (b) Error() string             { return "b" }
func (b) Unwrap() int               { return 1 }
func (b) Is(x int) bool             { return true }
func (b) As() bool                  { return true }
func (b) Format(x int, y, z string) {}

type c struct{}

func (c) String(x int) string { return "no" }
func (c) GoString() int       { return 1 }

func main() {
	fmt.Println(fmt.Errorf("%w %v", a{}, a{}))
	err := fmt.Errorf("w %w", b{})
	fmt.Println(err, errors.Is(err, errors.New("q")), errors.Unwrap(b{}))
	var x *b
	fmt.Println(errors.As(err, &x))
	fmt.Printf("%v %+v %#v\n", c{}, []c{{}}, c{})
}
