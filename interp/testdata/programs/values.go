package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

type point struct{ x, y int }

func (p point) add(q point) point { return point{p.x + q.x, p.y + q.y} }
func (p *point) scale(k int)      { p.x *= k; p.y *= k }
func (p point) String() string    { return fmt.Sprintf("(%d,%d)", p.x, p.y) }

type op func(int, int) int

func (o op) apply(a, b int) int { return o(a, b) }

type ints []int

func (s ints) sum() (t int) {
	for _, v := range s {
		t += v
	}
	return
}
func (s *ints) add(v int) { *s = append(*s, v) }

type set map[string]bool

func (s set) add(k string) set { s[k] = true; return s }

func order() {
	trace := func(s string, v int) int { fmt.Print(s, " "); return v }
	arr := []int{0, 0, 0, 0}
	arr[trace("i", 1)] = trace("v", 5)
	m := map[int]int{}
	m[trace("k", 2)], arr[trace("j", 3)] = trace("x", 7), trace("y", 8)
	fmt.Println(arr, m)
	x := trace("a", 1) + trace("b", 2)*trace("c", 3)
	fmt.Println(x)
	f := func(a, b int) int { return a - b }
	fmt.Println(f(trace("p", 9), trace("q", 4)))
	s := []int{trace("e0", 0), trace("e1", 1)}
	st := struct{ b, a int }{a: trace("fa", 1), b: trace("fb", 2)}
	fmt.Println(s, st, trace("t", 1) == 1 || trace("never", 2) == 2, trace("u", 0) == 1 && trace("never", 2) == 2)
	i := 0
	i, arr[i] = 1, 99
	fmt.Println(i, arr)
	a, b, c := 1, 2, 3
	a, b, c = c, a, b
	fmt.Println(a, b, c)
	p := &point{1, 2}
	q := p
	p.x, p = 10, &point{5, 6}
	fmt.Println(*p, *q)
}

func methodValues() {
	p := point{1, 2}
	add := p.add
	scale := p.scale
	str := fmt.Stringer(p).String
	p.x = 100
	fmt.Println(add(point{1, 1}), str())
	scale(2)
	fmt.Println(p)
	me := point.add
	mp := (*point).scale
	mp(&p, 2)
	fmt.Println(me(p, p), p)
	var o op = func(a, b int) int { return a*10 + b }
	fmt.Println(o.apply(1, 2), op(max2).apply(3, 9))
	fs := map[string]op{"sub": func(a, b int) int { return a - b }}
	fmt.Println(fs["sub"].apply(5, 3), fs["none"] == nil)
	var s ints
	s.add(1)
	s.add(2)
	push := s.add
	push(3)
	fmt.Println(s.sum(), s, ints([]int{7}).sum())
	fmt.Println(len(set{}.add("a").add("b")))
	pts := []point{{1, 1}, {2, 2}}
	for i := range pts {
		pts[i].scale(10)
	}
	for _, p := range pts {
		p.scale(10)
	}
	fmt.Println(pts)
	pm := map[string]*point{"a": {1, 2}}
	pm["a"].scale(3)
	pm["a"].x++
	fmt.Println(*pm["a"])
	fn := strings.ToUpper
	rep := strings.NewReplacer("a", "b").Replace
	fmt.Println(fn("up"), rep("banana"))
	compose := func(fs ...func(string) string) func(string) string {
		return func(s string) string {
			for _, f := range fs {
				s = f(s)
			}
			return s
		}
	}
	fmt.Println(compose(fn, rep, strings.TrimSpace)(" a "))
	defer point{3, 4}.print("deferred")
	defer p.print("p")
	p.x = -1
}

func max2(a, b int) int {
	if a > b {
		return a
	}
	return b
}
func (p point) print(s string) { fmt.Println(s, p) }

func newValues() {
	a := new(42)
	b := new("s")
	c := new(point{1, 2})
	d := new([]int{1})
	e := new(float32)
	*a++
	*b += "t"
	c.x = 9
	*d = append(*d, 2)
	fmt.Println(*a, *b, *c, *d, *e)
	type opt struct{ n *int }
	o := opt{n: new(len("four"))}
	fmt.Println(*o.n)
	pp := &a
	**pp = 7
	fmt.Println(*a, **pp == *a)
	x := 5
	px, py := &x, &x
	*px = 6
	fmt.Println(px == py, *py, x)
}

func comparisons() {
	type key struct {
		a int
		b string
	}
	m := map[any]string{1: "int", "1": "string", key{1, "x"}: "key", 1.0: "float", [2]int{1, 2}: "arr", true: "bool"}
	fmt.Println(m[1], m["1"], m[key{1, "x"}], m[1.0], m[[2]int{1, 2}], m[true], m[int8(1)] == "")
	var e1, e2 error
	fmt.Println(e1 == e2, e1 == nil)
	e1 = errors.New("x")
	e2 = e1
	fmt.Println(e1 == e2, e1 == errors.New("x"), errors.Is(fmt.Errorf("w: %w", e1), e2))
	fmt.Println(point{1, 2} == point{1, 2}, &point{} == &point{1, 0}, any(point{1, 2}) == any(point{1, 2}))
	c1 := make(chan int)
	c2 := c1
	fmt.Println(c1 == c2, c1 == make(chan int), c1 != nil)
	defer func() { fmt.Println(recover()) }()
	fmt.Println(any([]int{1}) == any([]int{1}))
}

func unhashable() {
	defer func() { fmt.Println(recover()) }()
	m := map[any]int{}
	m[[]int{1}] = 2
}

var (
	initC = initB + 1
	initB = initA() + 1
	initD = func() string { return fmt.Sprint("d", initC) }()
)

func initA() int { return 40 }

func fib() func() int {
	a, b := 0, 1
	return func() int {
		defer func() { a, b = b, a+b }()
		return a
	}
}

func ack(m, n int) int {
	switch {
	case m == 0:
		return n + 1
	case n == 0:
		return ack(m-1, 1)
	}
	return ack(m-1, ack(m, n-1))
}
func even(n int) bool { return n == 0 || odd(n-1) }
func odd(n int) bool  { return n != 0 && even(n-1) }

type expr interface {
	eval(map[string]float64) (float64, error)
}
type num float64
type variable string
type bin struct {
	op   byte
	l, r expr
}

func (n num) eval(map[string]float64) (float64, error) { return float64(n), nil }
func (v variable) eval(env map[string]float64) (float64, error) {
	if x, ok := env[string(v)]; ok {
		return x, nil
	}
	return 0, fmt.Errorf("undefined: %s: %w", string(v), os.ErrNotExist)
}
func (b bin) eval(env map[string]float64) (float64, error) {
	l, err := b.l.eval(env)
	if err != nil {
		return 0, err
	}
	r, err := b.r.eval(env)
	if err != nil {
		return 0, err
	}
	switch b.op {
	case '+':
		return l + r, nil
	case '*':
		return l * r, nil
	case '/':
		if r == 0 {
			return 0, errors.New("division by zero")
		}
		return l / r, nil
	}
	return 0, fmt.Errorf("bad op %q", b.op)
}

func main() {
	order()
	methodValues()
	newValues()
	comparisons()
	unhashable()
	fmt.Println(initB, initC, initD)
	f := fib()
	for range 10 {
		fmt.Print(f(), " ")
	}
	fmt.Println(ack(2, 3), even(10), odd(7))
	e := bin{'+', num(1), bin{'*', variable("x"), num(3)}}
	fmt.Println(e.eval(map[string]float64{"x": 2}))
	_, err := e.eval(nil)
	fmt.Println(err, errors.Is(err, os.ErrNotExist))
	fmt.Println(bin{'/', num(1), num(0)}.eval(nil))
	fmt.Println(bin{'?', num(1), num(0)}.eval(nil))
	fmt.Println(slices.IndexFunc([]point{{1, 2}, {3, 4}}, func(p point) bool { return p.x == 3 }))
}
