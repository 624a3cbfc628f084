package main

import (
	"fmt"
	"strings"
)

func sum(xs ...int) (t int) {
	for _, x := range xs {
		t += x
	}
	return
}
func join(sep string, parts ...any) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = fmt.Sprint(p)
	}
	return strings.Join(out, sep)
}
func wrap(format string, args ...any) string { return "<" + fmt.Sprintf(format, args...) + ">" }
func apply(fs ...func(int) int) func(int) int {
	return func(n int) int {
		for _, f := range fs {
			n = f(n)
		}
		return n
	}
}

type list []string

func (l *list) add(xs ...string) *list { *l = append(*l, xs...); return l }
func modify(xs ...int) {
	if len(xs) > 0 {
		xs[0] = 100
	}
}
func pair() (string, int)               { return "p", 2 }
func both(s string, rest ...any) string { return s + fmt.Sprint(len(rest), rest) }
func gen[T any](xs ...T) []T            { return xs }
func main() {
	s := []int{1, 2, 3}
	fmt.Println(sum(), sum(1), sum(s...), sum(s[1:]...), sum(append(s, 4)...))
	fmt.Println(join("-", 1, "a", nil, 2.5, []int{1}), join("+"), wrap("%d %v %s", 1, true, "x"), wrap("plain"))
	fmt.Println(apply(func(n int) int { return n + 1 }, func(n int) int { return n * n })(3), apply()(7))
	var l list
	fmt.Println(*l.add("a").add().add("b", "c"), len(l))
	modify(s...)
	modify(s[0], s[1])
	fmt.Println(s)
	fmt.Println(both(pair()), both("q", nil), both("r", []any{1, 2}...), both("s", []any(nil)...))
	fmt.Println(gen(1, 2), gen("a"), len(gen[int]()), gen[any](1, "x", nil))
	f := sum
	g := func(n int, xs ...string) string { return fmt.Sprint(n, xs, xs == nil) }
	fmt.Println(f(4, 5), g(1), g(2, "y"), g(3, []string{}...))
	var i interface{ add(...string) *list } = &l
	i.add("z")
	defer fmt.Println(append([]any{"deferred"}, l[0], len(l))...)
	fmt.Println(fmt.Sprint(append([]any{1}, 2, "c")...))
	any2 := []any{"k", 1}
	fmt.Println(any2...)
	fmt.Println(any2, len(any2))
}
