package main

import (
	"container/heap"
	"container/list"
	"container/ring"
	"fmt"
	"sort"
	"strings"
)

type item struct {
	name string
	prio int
	idx  int
}
type pq []*item

func (p pq) Len() int           { return len(p) }
func (p pq) Less(i, j int) bool { return p[i].prio > p[j].prio }
func (p pq) Swap(i, j int)      { p[i], p[j] = p[j], p[i]; p[i].idx, p[j].idx = i, j }
func (p *pq) Push(x any)        { it := x.(*item); it.idx = len(*p); *p = append(*p, it) }
func (p *pq) Pop() any {
	old := *p
	it := old[len(old)-1]
	*p = old[:len(old)-1]
	return it
}

type ints []int

func (h ints) Len() int           { return len(h) }
func (h ints) Less(i, j int) bool { return h[i] < h[j] }
func (h ints) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *ints) Push(x any)        { *h = append(*h, x.(int)) }
func (h *ints) Pop() (x any)      { o := *h; x = o[len(o)-1]; *h = o[:len(o)-1]; return }

type planet struct {
	name string
	mass float64
}
type by func(a, b *planet) bool

func (b by) Sort(ps []planet) { sort.Sort(&sorter{ps, b}) }

type sorter struct {
	ps []planet
	by by
}

func (s *sorter) Len() int           { return len(s.ps) }
func (s *sorter) Swap(i, j int)      { s.ps[i], s.ps[j] = s.ps[j], s.ps[i] }
func (s *sorter) Less(i, j int) bool { return s.by(&s.ps[i], &s.ps[j]) }
func main() {
	q := &pq{}
	heap.Init(q)
	for i, w := range strings.Fields("low high mid top") {
		heap.Push(q, &item{name: w, prio: []int{1, 8, 5, 9}[i]})
	}
	it := (*q)[len(*q)-1]
	it.prio = 100
	heap.Fix(q, it.idx)
	for q.Len() > 0 {
		it := heap.Pop(q).(*item)
		fmt.Print(it.name, ":", it.prio, " ")
	}
	h := &ints{5, 2, 8}
	heap.Init(h)
	heap.Push(h, 3)
	heap.Remove(h, 1)
	for h.Len() > 0 {
		fmt.Print(heap.Pop(h), " ")
	}
	fmt.Println()
	l := list.New()
	e4 := l.PushBack(4)
	e1 := l.PushFront(1)
	l.InsertBefore(3, e4)
	l.InsertAfter("two", e1)
	for e := l.Front(); e != nil; e = e.Next() {
		fmt.Print(e.Value, " ")
	}
	fmt.Println(l.Len())
	r := ring.New(3)
	for i := range r.Len() {
		r.Value = i
		r = r.Next()
	}
	r.Do(func(v any) { fmt.Print(v, " ") })
	ps := []planet{{"b", 2}, {"c", 1}, {"a", 3}}
	by(func(a, b *planet) bool { return a.name < b.name }).Sort(ps)
	fmt.Println(ps)
	by(func(a, b *planet) bool { return a.mass < b.mass }).Sort(ps)
	fmt.Println(ps)
	sort.SliceStable(ps, func(i, j int) bool { return ps[i].name > ps[j].name })
	fmt.Println(ps, sort.SearchStrings([]string{"a", "c"}, "b"))
}
