package main

import (
	"fmt"
	"slices"
	"sort"
)

func variadic(pre string, xs ...int) string {
	if xs == nil {
		return pre + "nil"
	}
	if len(xs) > 0 {
		xs[0]++
	}
	return fmt.Sprint(pre, len(xs), xs)
}

func grow(s []int) { s = append(s, 1); s[0] = 100 }

type Stack[T any] []T

func (s *Stack[T]) Push(v ...T) { *s = append(*s, v...) }
func (s *Stack[T]) Pop() (v T, ok bool) {
	if len(*s) == 0 {
		return v, false
	}
	v = (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return v, true
}

type matrix [][]float64

func (m matrix) mul(o matrix) matrix {
	out := make(matrix, len(m))
	for i := range m {
		out[i] = make([]float64, len(o[0]))
		for j := range o[0] {
			for k := range o {
				out[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return out
}

type byAge []struct {
	name string
	age  int
}

func (b byAge) Len() int           { return len(b) }
func (b byAge) Less(i, j int) bool { return b[i].age < b[j].age }
func (b byAge) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func main() {
	s := make([]int, 3, 10)
	t := append(s, 4)
	u := append(s, 5)
	fmt.Println(len(s), cap(s), t, u, t[3] == u[3])
	v := s[:2:2]
	v = append(v, 9)
	fmt.Println(s, v, cap(s[1:]), len(s[1:5]), s[2:5:6])
	full := []int{1, 2, 3}
	grow(full)
	fmt.Println(full)
	full2 := full[:1]
	grow(full2)
	fmt.Println(full)
	var nilS []int
	fmt.Println(nilS == nil, len(nilS), append(nilS, 1), []int{} == nil, nilS[:0] == nil)
	fmt.Println(variadic("a"), variadic("b", 1, 2), variadic("c", full...), full, variadic("d", nil...), variadic("e", []int{}...))
	copied := make([]int, 2)
	fmt.Println(copy(copied, full), copied, copy(full[1:], full), full)
	x := []int{0, 1, 2, 3, 4, 5}
	x = append(x[:2], x[3:]...)
	fmt.Println(x, x[len(x)-1], x[:0])
	x = append(x[:1], append([]int{7, 8}, x[1:]...)...)
	fmt.Println(x)
	x = slices.Insert(x, 1, 100, 200)
	x = slices.Delete(x, 0, 1)
	fmt.Println(x, slices.Index(x, 200), slices.Contains(x, 3), len(x))
	slices.Sort(x)
	i, found := slices.BinarySearch(x, 100)
	fmt.Println(x, i, found, slices.Max(x), slices.Min(x), slices.Equal(x, x[:]), slices.Compact([]int{1, 1, 2, 2, 1}))
	var st Stack[string]
	st.Push("a", "b")
	st.Push()
	fmt.Println(st.Pop())
	fmt.Println(st.Pop())
	fmt.Println(st.Pop())
	m := matrix{{1, 2}, {3, 4}}
	fmt.Println(m.mul(matrix{{0, 1}, {1, 0}}))
	tri := make([][]int, 5)
	for i := range tri {
		tri[i] = make([]int, i+1)
		tri[i][0], tri[i][i] = 1, 1
		for j := 1; j < i; j++ {
			tri[i][j] = tri[i-1][j-1] + tri[i-1][j]
		}
	}
	fmt.Println(tri)
	ages := byAge{{"x", 3}, {"y", 1}, {"z", 2}}
	sort.Sort(ages)
	fmt.Println(ages)
	sort.Stable(sort.Reverse(ages))
	fmt.Println(ages)
	words := []string{"banana", "kiwi", "apple", "fig"}
	sort.Slice(words, func(i, j int) bool {
		return len(words[i]) < len(words[j]) || len(words[i]) == len(words[j]) && words[i] < words[j]
	})
	fmt.Println(words, sort.SearchInts([]int{1, 3, 5}, 4), sort.IsSorted(sort.StringSlice(words)))
	slices.SortFunc(words, func(a, b string) int { return -len(a) + len(b) })
	fmt.Println(words)
	ss := [][]int{{3}, {1, 2}, nil}
	for i := range ss {
		ss[i] = append(ss[i], i)
	}
	fmt.Println(ss, len(ss[2]))
	fn := []func(int) int{func(x int) int { return x + 1 }, func(x int) int { return x * x }}
	acc := 3
	for _, f := range fn {
		acc = f(acc)
	}
	fmt.Println(acc, fn[1](5))
	it := []any{1, "a", nil, []int{1}, map[string]int{"k": 1}, struct{ A int }{1}, &struct{ B int }{2}, 'x', 1.5}
	fmt.Println(it...)
	fmt.Println(len(it), it[3].([]int)[0])
	clear(full)
	fmt.Println(full)
	a := []int{1, 2, 3, 4, 5, 6, 7, 8}
	evens := a[:0]
	for _, v := range a {
		if v%2 == 0 {
			evens = append(evens, v)
		}
	}
	fmt.Println(evens, a)
	p := &a[2]
	a = append(a, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	*p = 1000
	fmt.Println(a[2] == 1000, *p)
	k := []int{5, 4, 3}
	idx := 0
	idx, k[idx] = 2, 50
	fmt.Println(idx, k)
	k[0], k[1], k[2] = k[2], k[0], k[1]
	fmt.Println(k)
	type pair struct{ a, b []int }
	pr := pair{k[:1], k[1:]}
	pr.a = append(pr.a, 77)
	fmt.Println(k, pr)
	bs := []byte("hello")
	copy(bs[1:], bs)
	fmt.Println(string(bs), slices.Repeat([]int{1}, 3), slices.Concat([]int{1}, []int{2, 3}))
	lit := []struct {
		n  int
		in []string
	}{{1, []string{"a"}}, {in: nil}}
	for _, l := range lit {
		fmt.Print(l.n, len(l.in), l, " ")
	}
	fmt.Println()
	z := make([]struct{}, 3)
	fmt.Println(len(z), z)
	sparse := []int{5: 1, 2, 0: 7}
	fmt.Println(sparse, len(sparse))
}
