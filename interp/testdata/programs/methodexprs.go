package main

import "fmt"

type T struct{ n int }

func (t T) Add(k int) int           { return t.n + k }
func (t *T) Inc() *T                { t.n++; return t }
func (t T) Var(xs ...string) string { return fmt.Sprint(t.n, len(xs), xs) }
func (T) Static() string            { return "static" }

type I interface{ Add(int) int }
type E struct{ *T }
type F func(int) int

func (f F) Add(k int) int                      { return f(k) }
func apply(f func(T, int) int, t T, k int) int { return f(t, k) }
func main() {
	t := T{1}
	p := &t
	f1, f2, f3, f4 := T.Add, (*T).Add, (*T).Inc, I.Add
	fmt.Println(f1(t, 1), f2(p, 2), f3(p).n, f4(t, 3), f4(p, 4), f4(F(func(k int) int { return k * 100 }), 5))
	v1, v2, v3 := t.Add, p.Inc, t.Var
	t.n = 50
	fmt.Println(v1(1), v2().n, v3(), v3("a", "b"), v3([]string{"c"}...))
	fmt.Println(apply(T.Add, t, 5), apply(func(t T, k int) int { return k }, t, 6), T.Static(t), T.Var(t, "z"))
	e := E{p}
	g := e.Inc
	g()
	h := E.Add
	fmt.Println(t.n, h(e, 1), e.Inc().Inc().n, E.Static(e))
	fs := map[string]func(int) int{"t": t.Add, "p": p.Add, "f": F(f1b).Add}
	fmt.Println(fs["t"](1), fs["p"](1), fs["f"](1))
	defer fmt.Println("deferred", t.Add(0))
	defer p.Inc()
	var i I = t
	add := i.Add
	i = p
	fmt.Println(add(1), i.Add(1))
	func() {
		defer func() { fmt.Println(recover() != nil) }()
		var n I
		k := n.Add
		fmt.Println(k)
	}()
	arr := []func() *T{p.Inc, t.Inc}
	for _, f := range arr {
		f()
	}
	fmt.Println(t.n)
}
func f1b(n int) int { return -n }
