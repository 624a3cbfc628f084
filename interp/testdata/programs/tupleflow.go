package main

import (
	"errors"
	"fmt"
)

type Res[T any] struct {
	v   T
	err error
}

func wrap[T any](v T, err error) Res[T] { return Res[T]{v, err} }
func (r Res[T]) Unpack() (T, error)     { return r.v, r.err }
func then[A, B any](r Res[A], f func(A) (B, error)) Res[B] {
	a, err := r.Unpack()
	if err != nil {
		return Res[B]{err: err}
	}
	return wrap(f(a))
}
func half(n int) (int, error) {
	if n%2 != 0 {
		return 0, fmt.Errorf("%d is odd", n)
	}
	return n / 2, nil
}
func divmod(a, b int) (q, r int, err error) {
	if b == 0 {
		err = errors.New("zero")
		return
	}
	return a / b, a % b, nil
}
func swap[A, B any](a A, b B) (B, A) { return b, a }
func pick(ok bool) (func() (int, string), error) {
	if !ok {
		return nil, errors.New("none")
	}
	return func() (int, string) { return 1, "one" }, nil
}
func pass(a, b any, err error) string { return fmt.Sprint(a, b, err) }
func main() {
	fmt.Println(then(then(wrap(half(12)), half), half).Unpack())
	fmt.Println(then(wrap(half(4)), func(n int) (string, error) { return fmt.Sprint("<", n, ">"), nil }).Unpack())
	q, r, err := divmod(17, 5)
	fmt.Println(q, r, err)
	_, _, err = divmod(1, 0)
	fmt.Println(err, pass(divmod(9, 2)))
	f, err := pick(true)
	n, s := f()
	fmt.Println(n, s, err)
	if g, err := pick(false); err != nil {
		fmt.Println(g == nil, err)
	}
	x, y := swap(swap(1, "z"))
	fmt.Println(x, y)
	a := [2]int{}
	m := map[string]string{}
	m["k"], a[1] = swap(7, "v")
	fmt.Println(a, m)
	var e error
	var st struct{ v any }
	st.v, e = half(3)
	fmt.Println(st, e)
	func() (err error) {
		_, err = half(5)
		return
	}()
	c := make(chan Res[string], 1)
	go func() { c <- wrap(fmt.Sprint("async"), error(nil)) }()
	v, e := (<-c).Unpack()
	fmt.Println(v, e)
}
