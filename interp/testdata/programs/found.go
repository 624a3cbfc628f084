package main

import "fmt"

// What random programs have found.

func id[T any](v T) T { return v }

func at[T any](s []T, i int) (z T) {
	if len(s) > 0 {
		z = s[i]
	}
	return
}

type S struct {
	a int
	b []int
}

type I interface{ Area() int }

func (s S) Area() int { return s.a }

func literalInClosure() (r S) {
	func() { r = S{a: 1, b: []int{2}} }()
	return r
}

func literalWithDefer() (r S) {
	defer func() { r.a++ }()
	return S{a: 1}
}

func appendSecond() (int32, []bool) {
	var r []bool
	x := []int32{5}
	return x[0], append(r[:0], !id(false))
}

func blankLand() []rune {
	func(yield func(int8) bool) {
		_ = yield(int8(id(1))) && yield(id[int8](-51)&(17))
	}(func(i int8) bool { fmt.Print(i, " "); return true })
	return []rune("blank")
}

func keepsNothing() {
	x, s, m, p := 5, []int{5}, map[string]int{"a": 5}, new(5)
	x = at([]int{}, id(3))
	s[0] = at([]int{}, 3)
	m["a"] = at([]int{}, 3)
	*p = at([]int{}, 3)
	t := S{a: 5}
	t.a = at([]int{}, 3)
	fmt.Println(x, s, m, *p, t)
	y := 7
	f := func() (n int) { n += y; return n }
	y = f()
	fmt.Println(y, f())
	for i := range 3 {
		v := func() (n int) { n += i; return }()
		fmt.Print(v, " ")
	}
	fmt.Println()
}

func forward() (n int) {
	n = 5
	h := func() (m int) { m += n + 1; return }
	return h()
}

func slicesOfArrays() {
	var all [][]int
	for i := range 3 {
		v := [2]int{i, i}
		all = append(all, v[:])
	}
	fmt.Println(all)
}

func parens(v int) bool {
	is := func(n int) bool { return n != 0 }
	ok := is(^(v)) && is((int)(id(v))) && (is)((v))
	return ok
}

func shifts(n int8, u uint8) {
	x := uint64(1)
	fmt.Println(x<<(u*u%70), x<<n, 1<<n>>1, int8(1)<<u)
	x <<= n
	x >>= u - 1
	fmt.Println(x)
}

func returnFromLoops(v any) (S, any) {
	for i := range "ab" {
		for range 2 {
			if i == 1 {
				return S{a: i}, v
			}
			_ = func() int { return i }
		}
	}
	return S{}, nil
}

func constants() {
	one, nan, inf := 1.0, 0.0, id(2.0)
	a, b := one/nan, nan/nan
	c, d, _ := id(1), "two", inf
	fmt.Println(a, b == b, c, d)
}

func arrays() {
	arr := [3]int{1, 2, 3}
	p := &arr
	for i, v := range p {
		p[2] = 9
		fmt.Print(i, v, " ")
	}
	var none *[2]int
	for i := range none {
		fmt.Print(i, " ")
	}
	fmt.Println()
}

func spread(pre string, vs ...any) string { return fmt.Sprint(pre, len(vs), vs == nil) }
func none() string                        { return "none" }

func main() {
	fmt.Println(literalInClosure(), literalWithDefer())
	fmt.Println(appendSecond())
	fmt.Println(string(blankLand()))
	keepsNothing()
	fmt.Println(forward())
	slicesOfArrays()
	fmt.Println(parens(4))
	shifts(3, 2)
	fmt.Println(returnFromLoops("x"))
	constants()
	arrays()
	fmt.Println(spread("a"), spread("b", nil), spread(none()), spread("c", nil...), spread("d", []any{}...))
	var i I = S{a: 3}
	switch s := i.(type) {
	case interface{ Other() }:
		fmt.Println("other")
	case S:
		fmt.Println("S", s.a)
	}
}
