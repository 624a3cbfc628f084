package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

type Signed interface{ ~int | ~int64 }
type Unsigned interface{ ~uint | ~uint8 }
type Integer interface{ Signed | Unsigned }
type MyInt int
type Shape interface {
	comparable
	Area() float64
}
type Sq struct{ s float64 }

func (s Sq) Area() float64 { return s.s * s.s }
func Abs[T Signed](v T) T {
	if v < 0 {
		return -v
	}
	return v
}
func Largest[S ~[]T, T Shape](xs S) (best T) {
	for _, x := range xs {
		if x.Area() > best.Area() || best == *new(T) {
			best = x
		}
	}
	return
}
func Conv[To, From Integer](f From) To { return To(f) }

type Option[T any] struct {
	v  T
	ok bool
}

func Some[T any](v T) Option[T] { return Option[T]{v, true} }
func None[T any]() Option[T]    { return Option[T]{} }
func (o Option[T]) OrElse(d T) T {
	if o.ok {
		return o.v
	}
	return d
}
func (o Option[T]) String() string {
	if !o.ok {
		return "None"
	}
	return fmt.Sprintf("Some(%v)", o.v)
}

type Either[L, R any] interface{ isEither(L, R) }
type Left[L, R any] struct{ v L }
type Right[L, R any] struct{ v R }

func (Left[L, R]) isEither(L, R)  {}
func (Right[L, R]) isEither(L, R) {}
func fold[L, R, T any](e Either[L, R], l func(L) T, r func(R) T) T {
	switch v := e.(type) {
	case Left[L, R]:
		return l(v.v)
	case Right[L, R]:
		return r(v.v)
	}
	panic("no")
}

type Matrix[T ~int | ~float64] [][]T

func (m Matrix[T]) Sum() (t T) {
	for _, r := range m {
		for _, v := range r {
			t += v
		}
	}
	return
}

type Ring[T any] struct {
	buf        []T
	head, size int
}

func NewRing[T any](n int) *Ring[T] { return &Ring[T]{buf: make([]T, n)} }
func (r *Ring[T]) Push(v T) (dropped T, full bool) {
	i := (r.head + r.size) % len(r.buf)
	if r.size == len(r.buf) {
		dropped, full = r.buf[r.head], true
		r.head = (r.head + 1) % len(r.buf)
	} else {
		r.size++
	}
	r.buf[i] = v
	return
}

type Event[T any] struct{ subs []func(T) }

func (e *Event[T]) On(f func(T)) { e.subs = append(e.subs, f) }
func (e *Event[T]) Emit(v T) {
	for _, s := range e.subs {
		s(v)
	}
}

type Parser[T any] func(string) (T, string, error)

func Int(s string) (int, string, error) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(s[:i])
	return n, s[i:], err
}
func Many[T any](p Parser[T], sep byte) Parser[[]T] {
	return func(s string) (out []T, rest string, err error) {
		for {
			v, r, err := p(s)
			if err != nil {
				return out, s, err
			}
			out, s = append(out, v), r
			if len(s) == 0 || s[0] != sep {
				return out, s, nil
			}
			s = s[1:]
		}
	}
}
func GroupBy[K comparable, V any](vs []V, key func(V) K) map[K][]V {
	out := make(map[K][]V)
	for _, v := range vs {
		out[key(v)] = append(out[key(v)], v)
	}
	return out
}
func Zip[A, B any](as []A, bs []B) []struct {
	A A
	B B
} {
	var out []struct {
		A A
		B B
	}
	for i := range min(len(as), len(bs)) {
		out = append(out, struct {
			A A
			B B
		}{as[i], bs[i]})
	}
	return out
}
func MaxOf[T cmp.Ordered](x T, rest ...T) T {
	for _, r := range rest {
		x = max(x, r)
	}
	return x
}

type Num[T Integer] struct{ V T }

func (n *Num[T]) Inc() { n.V++ }
func counter[T Integer](step T) func() T {
	var n T
	return func() T { n += step; return n }
}
func sizeof[T any](v T) string {
	switch x := any(v).(type) {
	case int:
		return "int" + strconv.Itoa(x)
	case []T:
		return "slice"
	case string:
		return "string" + x
	}
	return fmt.Sprintf("%T", v)
}
func main() {
	fmt.Println(Abs(-3), Abs(MyInt(-4)), Abs[int64](5), Conv[uint8](300), Conv[int](uint8(200)), Conv[MyInt](7))
	fmt.Println(Largest([]Sq{{1}, {3}, {2}}))
	fmt.Println(Some(3), None[string](), Some("x").OrElse("d"), None[float64]().OrElse(1.5), []Option[int]{Some(1), None[int]()})
	var e Either[int, string] = Left[int, string]{4}
	show := func(e Either[int, string]) string {
		return fold(e, func(i int) string { return fmt.Sprint("L", i) }, func(s string) string { return "R" + s })
	}
	fmt.Println(show(e), show(Right[int, string]{"r"}))
	fmt.Println(Matrix[float64]{{1, 2}, {3.5}}.Sum(), Matrix[MyInt]{{1}, {2}}.Sum())
	r := NewRing[string](2)
	for _, s := range []string{"a", "b", "c"} {
		fmt.Print(r.Push(s))
		fmt.Print(";")
	}
	fmt.Println(r.buf, *r)
	var ev Event[MyInt]
	total := MyInt(0)
	ev.On(func(i MyInt) { total += i })
	ev.On(func(i MyInt) { total *= i })
	ev.Emit(3)
	fmt.Println(total)
	fmt.Println(Many(Parser[int](Int), ',')("1,22,333;x"))
	g := GroupBy([]string{"a", "bb", "cc", "d"}, func(s string) int { return len(s) })
	fmt.Println(g, Zip([]int{1, 2}, []string{"x", "y", "z"}))
	fmt.Println(MaxOf(1, 5, 3), MaxOf("a"), MaxOf(1.5, 2.5))
	n := Num[uint8]{255}
	n.Inc()
	fmt.Println(n)
	c := counter(MyInt(5))
	c()
	fmt.Println(c(), sizeof(3), sizeof("q"), sizeof(MyInt(1)), sizeof([]int{}), sizeof(Some(1)))
	f := slices.IndexFunc[[]int, int]
	fmt.Println(f([]int{1, 2, 3}, func(i int) bool { return i == 2 }))
	fmt.Printf("%T %T %T\n", Some(1), Num[MyInt]{}, GroupBy[string, int])
	type pair[K comparable, V any] struct {
		k K
		v V
	}
	ps := []pair[string, int]{{"a", 2}, {"b", 1}}
	slices.SortFunc(ps, func(a, b pair[string, int]) int { return cmp.Compare(a.v, b.v) })
	fmt.Println(ps)
}
