package main

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

type item struct {
	name string
	prio int
}
type pq []*item

func (p pq) Len() int           { return len(p) }
func (p pq) Less(i, j int) bool { return p[i].prio < p[j].prio }
func (p pq) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *pq) Push(x any)        { *p = append(*p, x.(*item)) }
func (p *pq) Pop() any {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}

type Tree[K cmp.Ordered, V any] struct {
	root *tnode[K, V]
}
type tnode[K cmp.Ordered, V any] struct {
	k           K
	v           V
	left, right *tnode[K, V]
}

func (t *Tree[K, V]) Put(k K, v V) { t.root = t.root.put(k, v) }
func (n *tnode[K, V]) put(k K, v V) *tnode[K, V] {
	if n == nil {
		return &tnode[K, V]{k: k, v: v}
	}
	switch {
	case k < n.k:
		n.left = n.left.put(k, v)
	case k > n.k:
		n.right = n.right.put(k, v)
	default:
		n.v = v
	}
	return n
}
func (t *Tree[K, V]) All() func(func(K, V) bool) {
	return func(yield func(K, V) bool) { t.root.walk(yield) }
}
func (n *tnode[K, V]) walk(yield func(K, V) bool) bool {
	return n == nil || n.left.walk(yield) && yield(n.k, n.v) && n.right.walk(yield)
}

func sieve(n int) (ps []int) {
	comp := make([]bool, n+1)
	for i := 2; i <= n; i++ {
		if comp[i] {
			continue
		}
		ps = append(ps, i)
		for j := i * i; j <= n; j += i {
			comp[j] = true
		}
	}
	return
}

func memo() func(int) int {
	cache := map[int]int{}
	var fib func(int) int
	fib = func(n int) int {
		if n < 2 {
			return n
		}
		if v, ok := cache[n]; ok {
			return v
		}
		cache[n] = fib(n-1) + fib(n-2)
		return cache[n]
	}
	return fib
}

func perms(xs []int, f func([]int)) {
	var rec func(int)
	rec = func(i int) {
		if i == len(xs) {
			f(slices.Clone(xs))
			return
		}
		for j := i; j < len(xs); j++ {
			xs[i], xs[j] = xs[j], xs[i]
			rec(i + 1)
			xs[i], xs[j] = xs[j], xs[i]
		}
	}
	rec(0)
}

func main() {
	h := &pq{}
	heap.Init(h)
	for i, n := range strings.Fields("c a b") {
		heap.Push(h, &item{n, (i * 2) % 3})
	}
	for h.Len() > 0 {
		it := heap.Pop(h).(*item)
		fmt.Print(it.name, it.prio, " ")
	}
	fmt.Println()
	var t Tree[string, int]
	for i, w := range strings.Fields("the quick brown fox jumps over the dog") {
		t.Put(w, i)
	}
	for k, v := range t.All() {
		if k == "quick" {
			break
		}
		fmt.Print(k, "=", v, " ")
	}
	fmt.Println()
	fmt.Println(sieve(40), memo()(60))
	perms([]int{1, 2, 3}, func(p []int) { fmt.Print(p) })
	fmt.Println()
	people := []struct {
		Name string
		Age  int
	}{{"A", 30}, {"B", 25}, {"C", 30}}
	sort.Slice(people, func(i, j int) bool { return people[i].Age < people[j].Age })
	fmt.Println(people[0].Name)
	slices.SortStableFunc(people, func(a, b struct {
		Name string
		Age  int
	}) int {
		return -cmp.Compare(a.Age, b.Age)
	})
	fmt.Println(people)
	words := map[string]int{}
	for w := range strings.SplitSeq("a b a c b a", " ") {
		words[w]++
	}
	keys := slices.SortedFunc(maps.Keys(words), func(a, b string) int { return cmp.Or(-cmp.Compare(words[a], words[b]), cmp.Compare(a, b)) })
	fmt.Println(keys, words)
	idx, found := slices.BinarySearch([]int{1, 3, 5}, 3)
	fmt.Println(idx, found, slices.Max([]float64{1, 3, 2}), slices.Contains(keys, "c"))
}
