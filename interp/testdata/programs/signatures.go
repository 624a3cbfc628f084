package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

type a struct{}

func (a) Name() string          { return "a" }
func (a) Get(i int) string      { return "get" }
func (a) Write(p []byte) int    { return 0 }
func (a) String() int           { return 5 }
func (a) Error(code int) string { return "not an error" }

type namer interface{ Name() string }
type intNamer interface{ Name() int }
type getter[K any] interface{ Get(K) string }
type rec interface{ Next() rec }
type chain struct{ n int }

func (c chain) Next() rec { return chain{c.n + 1} }

type selfer[T any] interface{ Self() T }
type me struct{}

func (me) Self() me { return me{} }

type Fmtr struct{}

func (Fmtr) Format(s string) string { return s }

func local(x any) string {
	type P interface{ Name() string }
	type Q interface{ Missing() }
	type R interface{ Next() R }
	_, p := x.(P)
	_, q := x.(Q)
	_, r := x.(R)
	return fmt.Sprint(p, q, r)
}
func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func main() {
	var x any = a{}
	_, ok1 := x.(namer)
	_, ok2 := x.(intNamer)
	_, ok3 := x.(getter[int])
	_, ok4 := x.(getter[string])
	_, ok5 := x.(fmt.Stringer)
	_, ok6 := x.(error)
	_, ok7 := x.(io.Writer)
	_, ok8 := x.(interface{ Write([]byte) int })
	_, ok9 := x.(interface{ String() int })
	fmt.Println(ok1, ok2, ok3, ok4, ok5, ok6, ok7, ok8, ok9)
	fmt.Println(x, local(x), local(chain{}), local(5))
	fmt.Printf("%v %s %d\n", a{}, a{}, []a{{}})
	try(func() { _ = x.(intNamer) })
	try(func() { _ = x.(getter[string]) })
	try(func() { _ = x.(fmt.Stringer) })
	try(func() { _ = x.(interface{ Zzz() }) })
	try(func() { _ = x.(error) })
	var c any = chain{1}
	r, ok := c.(rec)
	fmt.Println(r.Next().Next(), ok)
	_, ok = c.(interface{ Next() any })
	fmt.Println(ok)
	_, m1 := any(me{}).(selfer[me])
	_, m2 := any(me{}).(selfer[int])
	fmt.Println(m1, m2)
	var e any = errors.New("x")
	_, e1 := e.(interface{ Error() string })
	_, e2 := e.(interface{ Error() int })
	_, e3 := e.(interface{ Unwrap() error })
	fmt.Println(e1, e2, e3)
	var w any = os.Stdout
	_, w1 := w.(interface{ WriteString(string) (int, error) })
	_, w2 := w.(interface{ WriteString(string) int })
	_, w3 := w.(interface{ Name() string })
	fmt.Println(w1, w2, w3)
	try(func() { _ = w.(interface{ Name() int }) })
	try(func() { _ = e.(interface{ Foo(a) }) })
	switch x.(type) {
	case intNamer:
		fmt.Println("int namer")
	case fmt.Stringer:
		fmt.Println("stringer")
	case namer:
		fmt.Println("namer")
	}
	var b any = &strings.Builder{}
	_, b1 := b.(interface {
		io.Writer
		Len() int
	})
	fmt.Println(b1)
	fmt.Println(Fmtr{}, []Fmtr{{}})
	fmt.Println(fmt.Errorf("%w", errors.New("q")), fmt.Sprint([]any{a{}, x}))
	type T struct{ a }
	_, t1 := any(T{}).(namer)
	_, t2 := any(&T{}).(intNamer)
	fmt.Println(t1, t2)
	var target namer
	fmt.Println(errors.As(wrapErr{a{}}, &target))
}

type wrapErr struct{ a }

func (wrapErr) Error() string { return "wrapErr" }
