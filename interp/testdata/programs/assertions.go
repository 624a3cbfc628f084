package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

type Sh interface{ Area() float64 }
type Named interface{ Name() string }
type Both interface {
	Sh
	Named
}
type Sq struct{ s float64 }

func (q Sq) Area() float64 { return q.s * q.s }
func (q *Sq) Name() string { return "sq" }

type Num int

func (n Num) Area() float64 { return float64(n) }
func try(f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(r)
		}
	}()
	f()
}
func kind(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int, int8:
		return fmt.Sprintf("small %v", v)
	case Num:
		return fmt.Sprint("num ", v+1)
	case *Sq:
		return "ptr " + v.Name()
	case Sh:
		return fmt.Sprint("shape ", v.Area())
	case func() int:
		return fmt.Sprint("func ", v())
	case []int:
		return fmt.Sprint("ints ", len(v))
	case map[string]any:
		return fmt.Sprint("map ", len(v))
	case error:
		return "err " + v.Error()
	case chan int:
		return fmt.Sprint("chan ", cap(v))
	case struct{ X int }:
		return fmt.Sprint("anon ", v.X)
	case [2]bool:
		return fmt.Sprint("arr ", v[1])
	case *int:
		return fmt.Sprint("*int ", *v)
	case io.Reader:
		return "reader"
	}
	return fmt.Sprintf("other %T", x)
}
func main() {
	n := 7
	for _, x := range []any{nil, 1, int8(2), Num(3), &Sq{2}, Sq{3}, func() int { return 9 }, []int{1}, map[string]any{}, errors.New("e"), make(chan int, 4), struct{ X int }{5}, [2]bool{false, true}, &n, strings.NewReader(""), "s", 1.5, uint(1), []string{}, struct{ Y int }{}} {
		fmt.Println(kind(x))
	}
	var s Sh = Sq{2}
	_, ok := s.(Named)
	_, ok2 := s.(Num)
	_, ok3 := Sh(&Sq{1}).(Both)
	fmt.Println(ok, ok2, ok3)
	try(func() { fmt.Println(s.(Num)) })
	try(func() { fmt.Println(s.(Named)) })
	try(func() { fmt.Println(s.(Both)) })
	try(func() { var e Sh; fmt.Println(e.(Sq)) })
	try(func() { var e any; fmt.Println(e.(string)) })
	try(func() { var e any = "x"; fmt.Println(e.(int)) })
	try(func() { var e any = Num(2); fmt.Println(e.(fmt.Stringer)) })
	try(func() { var e any = &Sq{}; fmt.Println(e.(Sq)) })
	try(func() { var e error = errors.New("q"); fmt.Println(e.(interface{ Timeout() bool })) })
	try(func() { var e any = 3; fmt.Println(e.(float64)) })
	try(func() { var e Sh; fmt.Println(e.(Named)) })
	try(func() { var e Sh; fmt.Println(e.Area()) })
	try(func() { var p *Sq; fmt.Println(p.Name()); fmt.Println(p.Area()) })
	b := Sh(&Sq{4}).(Both)
	fmt.Println(b.Name(), b.Area(), b.(*Sq).s, b == Both(b.(*Sq)))
	x, isBoth := any(b).(Both)
	fmt.Println(x != nil, isBoth)
	if v, ok := any(5).(int); ok && v > 3 {
		fmt.Println("five", v)
	}
}
