package main

import (
	"fmt"
	"sort"
	"strings"
)

type Expr interface{ Accept(Visitor) any }
type Visitor interface {
	VisitNum(Num) any
	VisitAdd(Add) any
	VisitCall(*Call) any
}
type Num int
type Add struct{ L, R Expr }
type Call struct {
	Name string
	Args []Expr
}

func (n Num) Accept(v Visitor) any   { return v.VisitNum(n) }
func (a Add) Accept(v Visitor) any   { return v.VisitAdd(a) }
func (c *Call) Accept(v Visitor) any { return v.VisitCall(c) }

type printer struct{ depth int }

func (p printer) VisitNum(n Num) any { return fmt.Sprint(int(n)) }
func (p printer) VisitAdd(a Add) any {
	p.depth++
	return fmt.Sprintf("(%v + %v)@%d", a.L.Accept(p), a.R.Accept(p), p.depth)
}
func (p printer) VisitCall(c *Call) any {
	parts := make([]string, len(c.Args))
	for i, a := range c.Args {
		parts[i] = a.Accept(p).(string)
	}
	return c.Name + "(" + strings.Join(parts, ", ") + ")"
}

type evaluator struct {
	funcs map[string]func(...int) int
	calls *[]string
}

func (e *evaluator) VisitNum(n Num) any { return int(n) }
func (e *evaluator) VisitAdd(a Add) any { return a.L.Accept(e).(int) + a.R.Accept(e).(int) }
func (e *evaluator) VisitCall(c *Call) any {
	*e.calls = append(*e.calls, c.Name)
	var args []int
	for _, a := range c.Args {
		args = append(args, a.Accept(e).(int))
	}
	return e.funcs[c.Name](args...)
}

type Observer func(string)
type Subject struct{ obs map[string][]Observer }

func (s *Subject) On(ev string, o Observer) func() {
	if s.obs == nil {
		s.obs = make(map[string][]Observer)
	}
	s.obs[ev] = append(s.obs[ev], o)
	i := len(s.obs[ev]) - 1
	return func() { s.obs[ev][i] = nil }
}
func (s *Subject) Emit(ev, data string) {
	for _, o := range s.obs[ev] {
		if o != nil {
			o(data)
		}
	}
}
func main() {
	e := Add{Num(1), &Call{"sum", []Expr{Num(2), Add{Num(3), Num(4)}}}}
	fmt.Println(e.Accept(printer{}))
	var calls []string
	ev := &evaluator{map[string]func(...int) int{"sum": func(xs ...int) (t int) {
		for _, x := range xs {
			t += x
		}
		return
	}}, &calls}
	fmt.Println(e.Accept(ev), calls)
	var s Subject
	var got []string
	off := s.On("x", func(d string) { got = append(got, "1"+d) })
	s.On("x", func(d string) { got = append(got, "2"+d) })
	s.Emit("x", "a")
	off()
	s.Emit("x", "b")
	s.Emit("none", "c")
	sort.Strings(got)
	fmt.Println(got)
}
