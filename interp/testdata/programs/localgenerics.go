package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

func SortByKey[K cmp.Ordered, V any](m map[K]V) []string {
	type kv struct {
		k K
		v V
	}
	var s []kv
	for k, v := range m {
		s = append(s, kv{k, v})
	}
	slices.SortFunc(s, func(a, b kv) int { return cmp.Compare(a.k, b.k) })
	var out []string
	for _, e := range s {
		out = append(out, fmt.Sprintf("%v=%v %T", e.k, e.v, e))
	}
	return out
}
func Group[T any, K comparable](xs []T, key func(T) K) map[K][]T {
	type bucket struct{ items []T }
	bs := map[K]*bucket{}
	for _, x := range xs {
		k := key(x)
		if bs[k] == nil {
			bs[k] = &bucket{}
		}
		bs[k].items = append(bs[k].items, x)
	}
	out := map[K][]T{}
	for k, b := range bs {
		out[k] = b.items
	}
	return out
}

type word string
type Pt struct{ X, Y int }

func main() {
	fmt.Println(SortByKey(map[string]int{"b": 1, "a": 2}))
	fmt.Println(SortByKey(map[word]Pt{"b": {1, 2}, "a": {3, 4}}))
	fmt.Println(Group([]int{1, 2, 3, 4}, func(i int) bool { return i%2 == 0 }))
	type loc struct {
		n int
		s string
	}
	ls := []loc{{2, "b"}, {1, "a"}, {3, "c"}}
	slices.SortFunc(ls, func(a, b loc) int { return a.n - b.n })
	fmt.Println(ls, Group(ls, func(l loc) string { return l.s }))
	i, ok := slices.BinarySearchFunc(ls, 2, func(l loc, n int) int { return l.n - n })
	fmt.Println(i, ok, slices.IndexFunc(ls, func(l loc) bool { return l.n == 3 }), slices.Contains(ls, loc{1, "a"}))
	m := map[loc]int{{1, "x"}: 5}
	for k, v := range maps.All(m) {
		fmt.Println(k.n, k.s, v)
	}
	keys := slices.Collect(maps.Keys(m))
	fmt.Printf("%v %+v %T\n", keys, keys, keys)
	sort.SliceStable(ls, func(i, j int) bool { return ls[i].n > ls[j].n })
	fmt.Println(ls)
	func() {
		type loc struct{ z float64 }
		fmt.Printf("%+v %T\n", []loc{{1.5}}, loc{})
		fmt.Println(slices.MaxFunc([]loc{{1}, {3}}, func(a, b loc) int { return cmp.Compare(a.z, b.z) }))
	}()
	type str string
	fmt.Println(strings.ToUpper(string(slices.Max([]str{"a", "b"}))))
	fmt.Println(any(ls[0]) == any(loc{3, "c"}))
	type num int
	f := func(n num) num { return n * 2 }
	fmt.Println(f(3))
	switch x := any(num(3)).(type) {
	case int:
		fmt.Println("int")
	case num:
		fmt.Println("num", x)
	}
}
