package main

import (
	"fmt"
	"sort"
	"strings"
)

type Shape interface {
	Area() float64
	Perimeter() float64
}
type Rect struct{ w, h float64 }
type Circle struct{ r float64 }

func (r Rect) Area() float64         { return r.w * r.h }
func (r Rect) Perimeter() float64    { return 2 * (r.w + r.h) }
func (c *Circle) Area() float64      { return 3 * c.r * c.r }
func (c *Circle) Perimeter() float64 { return 6 * c.r }

type Logger interface{ Log(string) }
type LogFunc func(string)

func (f LogFunc) Log(s string) { f(s) }

type Multi []Logger

func (m Multi) Log(s string) {
	for _, l := range m {
		l.Log(s)
	}
}

type Buf struct{ strings.Builder }

func (b *Buf) Log(s string) { b.WriteString(s + ";") }

type State interface{ Next(byte) State }
type start struct{}
type digits struct{ n int }
type fail struct{ at byte }

func (start) Next(c byte) State {
	if c >= '0' && c <= '9' {
		return digits{int(c - '0')}
	}
	return fail{c}
}
func (d digits) Next(c byte) State {
	if c >= '0' && c <= '9' {
		return digits{d.n*10 + int(c-'0')}
	}
	return fail{c}
}
func (f fail) Next(byte) State { return f }
func run(s string) State {
	var st State = start{}
	for i := range len(s) {
		st = st.Next(s[i])
	}
	return st
}

type Stack struct{ items []any }

func (s *Stack) Push(v any) *Stack { s.items = append(s.items, v); return s }
func (s *Stack) Pop() any {
	v := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v
}
func largest(ss ...Shape) (best Shape) {
	for _, s := range ss {
		if best == nil || s.Area() > best.Area() {
			best = s
		}
	}
	return
}
func main() {
	shapes := []Shape{Rect{2, 3}, &Circle{1}, Rect{1, 1}}
	sort.Slice(shapes, func(i, j int) bool { return shapes[i].Area() < shapes[j].Area() })
	for _, s := range shapes {
		fmt.Printf("%T %.1f %.1f; ", s, s.Area(), s.Perimeter())
	}
	fmt.Println(largest(shapes...), largest() == nil)
	var b Buf
	n := 0
	m := Multi{&b, LogFunc(func(s string) { n += len(s) }), Multi{&b}}
	m.Log("hi")
	m.Log("yo")
	fmt.Println(b.String(), n, len(m))
	fmt.Println(run("123"), run("12x"), run(""), run("7") == State(digits{7}), run("q") == run("q"))
	s := (&Stack{}).Push(1).Push("two").Push(Rect{3, 3}).Push(nil)
	for len(s.items) > 0 {
		switch v := s.Pop().(type) {
		case Shape:
			fmt.Print("shape ", v.Area(), " ")
		case nil:
			fmt.Print("nil ")
		default:
			fmt.Print(v, " ")
		}
	}
	fmt.Println()
	var l Logger
	fmt.Println(l == nil, l != Logger(&b))
	var p *Circle
	var sh Shape = p
	fmt.Println(sh == nil, sh != nil, sh == Shape((*Circle)(nil)))
	set := map[Shape]int{Rect{1, 2}: 1}
	set[Rect{1, 2}]++
	fmt.Println(set[Rect{1, 2}], len(set))
	type Named interface {
		Shape
		fmt.Stringer
	}
	_, ok := shapes[0].(Named)
	fmt.Println(ok)
}
