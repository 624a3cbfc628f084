package main

import (
	"fmt"
	"maps"
	"slices"
	"sort"
)

type pt struct{ x, y int }
type graph map[string][]string

func (g graph) add(a, b string) { g[a] = append(g[a], b); g[b] = append(g[b], a) }
func (g graph) bfs(from string) (order []string) {
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; {
		n := queue[0]
		queue = queue[1:]
		order = append(order, n)
		next := slices.Clone(g[n])
		sort.Strings(next)
		for _, m := range next {
			if !seen[m] {
				seen[m] = true
				queue = append(queue, m)
			}
		}
	}
	return
}

type memo map[int]int

func (m memo) fib(n int) int {
	if n < 2 {
		return n
	}
	if v, ok := m[n]; ok {
		return v
	}
	m[n] = m.fib(n-1) + m.fib(n-2)
	return m[n]
}
func main() {
	m := map[string]int{"a": 1}
	m["b"]++
	m["c"] += 5
	m["a"] <<= 3
	delete(m, "none")
	v, ok := m["zz"]
	fmt.Println(m, len(m), v, ok)
	if v, ok := m["c"]; ok {
		fmt.Println("has", v)
	}
	g := graph{}
	g.add("a", "b")
	g.add("a", "c")
	g.add("c", "d")
	fmt.Println(g.bfs("a"), len(g))
	fmt.Println(memo{}.fib(50))
	nested := map[string]map[string][]int{}
	for i, k := range []string{"x", "y", "x"} {
		if nested[k] == nil {
			nested[k] = map[string][]int{}
		}
		nested[k]["l"] = append(nested[k]["l"], i)
	}
	fmt.Println(nested)
	ps := map[pt]*pt{{1, 2}: {3, 4}}
	ps[pt{1, 2}].x = 9
	fmt.Println(*ps[pt{1, 2}], ps[pt{}] == nil)
	fs := map[string]func(int) int{"inc": func(i int) int { return i + 1 }}
	fs["dbl"] = func(i int) int { return i * 2 }
	fmt.Println(fs["inc"](fs["dbl"](4)))
	c := maps.Clone(m)
	c["a"] = 100
	fmt.Println(m["a"], c["a"], maps.Equal(m, c), slices.Sorted(maps.Keys(c)))
	maps.DeleteFunc(c, func(k string, v int) bool { return v > 50 })
	fmt.Println(c)
	var nilm map[string]int
	fmt.Println(nilm["x"], len(nilm), nilm == nil)
	delete(nilm, "x")
	type key struct {
		a string
		b any
	}
	km := map[key]int{{"a", 1}: 1, {"a", "1"}: 2}
	fmt.Println(km[key{"a", 1}], km[key{"a", "1"}], km[key{"a", 1.0}])
	count := map[rune]int{}
	for _, r := range "hello" {
		count[r]++
	}
	keys := slices.SortedFunc(maps.Keys(count), func(a, b rune) int { return count[b] - count[a] + int(a-b)/1000 })
	fmt.Println(string(keys[0]), len(keys))
	arrm := map[string][2]int{"q": {1, 2}}
	a := arrm["q"]
	a[0] = 50
	fmt.Println(arrm, a)
	bm := map[bool]string{true: "yes", false: "no"}
	fmt.Println(bm[1 > 2], bm[2 > 1])
	chm := map[chan int]int{}
	ch := make(chan int)
	chm[ch] = 1
	fmt.Println(chm[ch], chm[nil])
	inv := map[int][]string{}
	for _, w := range []string{"one", "two", "three", "four"} {
		inv[len(w)] = append(inv[len(w)], w)
	}
	fmt.Println(inv)
	clear(inv)
	fmt.Println(len(inv))
	mm := map[string]struct{ n, m int }{}
	t := mm["k"]
	t.n++
	mm["k"] = t
	fmt.Println(mm)
	im := map[interface{}]string{1: "a", "b": "c", pt{1, 1}: "d", [1]int{1}: "e", nil: "f"}
	fmt.Println(im[1], im["b"], im[pt{1, 1}], im[[1]int{1}], im[nil])
}
