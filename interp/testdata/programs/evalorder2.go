package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

var trace []string

func t[T any](name string, v T) T { trace = append(trace, name); return v }

func show(what string) { fmt.Println(what, strings.Join(trace, " ")); trace = nil }

type S struct {
	A, B int
	P    *S
	M    map[string]int
}

func (s S) Sum(a, b int) int { return s.A + a + b }
func (s *S) Add(a, b int) *S { s.A += a + b; return s }
func two() (int, int)        { trace = append(trace, "two"); return 1, 2 }
func f2() func(a, b int) int { trace = append(trace, "f2"); return func(a, b int) int { return a + b } }
func mk() *S                 { trace = append(trace, "mk"); return &S{} }
func ints(n ...int) int      { return len(n) }

type closer string

func (c closer) Close() error { fmt.Println("close", string(c)); return nil }

type C interface{ Close() error }

func main() {
	i := 0
	m := map[int]int{}
	i, m[i] = 1, 2
	fmt.Println(i, m)
	s := []int{1, 2, 3}
	i = 0
	i, s[i] = 2, 9
	fmt.Println(i, s)
	s, s[1] = []int{5, 6}, 7
	fmt.Println(s)
	p := &S{A: 1}
	q := p
	p, p.A = &S{A: 3}, 4
	fmt.Println(p.A, q.A)
	n := &i
	k := 8
	n, *n = &k, 5
	fmt.Println(*n, i)
	ms := map[string]int{"a": 1, "b": 2}
	key := "a"
	key, ms[key] = "b", ms["b"]
	fmt.Println(key, ms)
	ms["a"], ms["b"] = ms["b"], ms["a"]
	fmt.Println(ms)
	arr := [3]int{1, 2, 3}
	j := 0
	j, arr[j] = 1, 7
	fmt.Println(j, arr)
	j, arr[arr[1]] = arr[2], arr[0]
	fmt.Println(j, arr)

	fmt.Println(f2()(two()))
	show("f2()(two())")
	fmt.Println(mk().Sum(two()))
	show("mk().Sum(two())")
	fmt.Println(mk().Add(two()).A)
	show("mk().Add(two())")

	var pp = new(int)
	old := pp
	h := func() int { pp = new(int); return 5 }
	*pp += h()
	fmt.Println(*old, *pp)
	ss := []int{1}
	ss0 := ss
	h2 := func() int { ss = []int{10}; return 5 }
	ss[0] += h2()
	fmt.Println(ss0, ss)
	x := 1
	h3 := func() int { x = 100; return 5 }
	x += h3()
	fmt.Println(x)
	mm := map[string]int{"a": 1}
	h4 := func() int { mm = map[string]int{"a": 50}; return 5 }
	mm["a"] += h4()
	fmt.Println(mm)
	st := &S{A: 1}
	st0 := st
	h5 := func() int { st = &S{A: 40}; return 5 }
	st.A += h5()
	fmt.Println(st0.A, st.A)
	idx := 0
	h6 := func() int { idx = 1; return 5 }
	sl := []int{1, 10}
	sl[idx] += h6()
	fmt.Println(sl)
	h7 := func() int { sl[0] = 1000; return 5 }
	sl[0] += h7()
	fmt.Println(sl)
	t("a", sl)[t("b", 0)] += t("c", 1)
	show("idx op=")
	t("a", sl)[t("b", 0)] = t("c", 1)
	show("idx =")
	t("a", ms)[t("b", "k")] = t("c", 1)
	show("map =")
	t("a", ms)[t("b", "k")] += t("c", 1)
	show("map op=")
	t("a", sl)[t("b", 0)]++
	show("inc")
	*t("a", old) = t("b", 3)
	show("deref =")
	*t("a", old) += t("b", 3)
	show("deref op=")
	t("a", st).A = t("b", 3)
	show("field =")
	t("a", sl)[t("b", 0)], t("c", ms)[t("d", "k")] = t("e", 1), t("f", 2)
	show("par")
	_ = t("a", 1) + t("b", 2)*t("c", 3)
	show("binary")
	_ = []int{t("a", 1), t("b", 2), t("c", 3)}
	show("lit")
	_ = map[int]int{t("a", 1): t("b", 2), t("c", 3): t("d", 4)}
	show("maplit")
	_ = S{B: t("a", 1), A: t("b", 2)}
	show("structlit")
	ints(t("a", 1), t("b", 2), t("c", 3))
	show("args")
	_ = t("a", sl)[t("b", 0):t("c", 1)]
	show("slice")
	_ = append(t("a", sl), t("b", 1), t("c", 2))
	show("append")
	copy(t("a", sl), t("b", sl))
	show("copy")
	_ = t("a", "x") + t("b", "y") + t("c", "z")
	show("concat")
	_ = t("a", 1) < t("b", 2) && t("c", 1) > t("d", 2) || t("e", true)
	show("logic")
	func() {
		defer fmt.Println(t("a", 1), t("b", 2))
		t("c", 3)
	}()
	show("defer")
	c := make(chan int, 1)
	t("a", c) <- t("b", 1)
	show("send")
	_ = min(t("a", 1), t("b", 2), t("c", 0))
	show("min")
	func() (int, int) { return t("a", 1), t("b", 2) }()
	show("return")
	var e any = t("a", 1)
	_ = e == t("b", any(2))
	show("eq")
	if t("a", false) {
	} else if t("b", true) {
		t("c", 1)
	}
	show("if")
	switch t("a", 1) {
	case t("b", 0), t("c", 1), t("d", 2):
	}
	show("switch")

	func() {
		var r io.Closer = closer("first")
		defer r.Close()
		r = closer("second")
	}()
	func() {
		var r C = closer("first")
		defer r.Close()
		r = closer("second")
	}()
	func() {
		r := closer("first")
		defer r.Close()
		r = closer("second")
	}()
	func() {
		b := bytes.NewBufferString("x")
		b0 := b
		func() {
			defer b.WriteString("y")
			b = bytes.NewBufferString("z")
		}()
		fmt.Println(b0.String(), b.String())
	}()
	func() {
		var b strings.Builder
		func() {
			defer b.WriteString("y")
			b.WriteString("x")
		}()
		fmt.Println(b.String())
	}()
	func() {
		rp := strings.NewReplacer("a", "b")
		defer func() { fmt.Println("recovered", recover()) }()
		var w io.Writer
		fmt.Println("before")
		defer w.Write(nil)
		fmt.Println("after", rp != nil)
	}()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		var w C
		fmt.Println("before")
		defer w.Close()
		fmt.Println("after")
	}()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		var f func()
		defer f()
		fmt.Println("after")
	}()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		var w *S
		defer w.Sum(1, 2)
		fmt.Println("after")
	}()
	func() {
		defer func() { fmt.Println("recovered", recover()) }()
		var w C
		g := w.Close
		fmt.Println("after", g != nil)
	}()
}
