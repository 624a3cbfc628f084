package main

import (
	"fmt"
	"strings"
)

type List struct {
	val  int
	next *List
}

func (l *List) push(v int) *List { return &List{v, l} }
func (l *List) rev() (r *List) {
	for ; l != nil; l = l.next {
		r = r.push(l.val)
	}
	return
}
func (l *List) String() string {
	if l == nil {
		return "."
	}
	return fmt.Sprint(l.val, "->", l.next)
}

type Node struct {
	kids []*Node
	name string
	attr map[string]*Node
	par  *Node
}

func (n *Node) add(name string) *Node {
	k := &Node{name: name, par: n}
	n.kids = append(n.kids, k)
	if n.attr == nil {
		n.attr = map[string]*Node{}
	}
	n.attr[name] = k
	return k
}
func (n *Node) walk(d int, f func(*Node, int)) {
	f(n, d)
	for _, k := range n.kids {
		k.walk(d+1, f)
	}
}

type A struct{ b *B }
type B struct{ as []A }
type Fn struct{ call func(int) Fn }
type M struct{ m map[string]M }
type S struct{ kids []S }

func (s S) depth() int {
	d := 0
	for _, k := range s.kids {
		d = max(d, k.depth())
	}
	return d + 1
}

type Visitor interface{ Visit(*Node) Visitor }
type count struct{ n *int }

func (c count) Visit(n *Node) Visitor { *c.n++; return c }
func visit(n *Node, v Visitor) {
	if v = v.Visit(n); v == nil {
		return
	}
	for _, k := range n.kids {
		visit(k, v)
	}
}
func hanoi(n int, a, b, c string) int {
	if n == 0 {
		return 0
	}
	return hanoi(n-1, a, c, b) + 1 + hanoi(n-1, c, b, a)
}
func perms(s []int) (out [][]int) {
	if len(s) <= 1 {
		return [][]int{append([]int{}, s...)}
	}
	for i := range s {
		rest := append(append([]int{}, s[:i]...), s[i+1:]...)
		for _, p := range perms(rest) {
			out = append(out, append([]int{s[i]}, p...))
		}
	}
	return
}
func queens(n, row int, cols, d1, d2 uint) (c int) {
	if row == n {
		return 1
	}
	for i := range n {
		if b := uint(1) << i; cols&b == 0 && d1&(1<<(row+i)) == 0 && d2&(1<<(row-i+n)) == 0 {
			c += queens(n, row+1, cols|b, d1|1<<(row+i), d2|1<<(row-i+n))
		}
	}
	return
}
func main() {
	var l *List
	for i := range 4 {
		l = l.push(i)
	}
	fmt.Println(l, l.rev(), (*List)(nil))
	root := &Node{name: "root"}
	root.add("a").add("b")
	root.add("c")
	root.walk(0, func(n *Node, d int) { fmt.Print(strings.Repeat(" ", d), n.name, ";") })
	fmt.Println(root.attr["a"].kids[0].par.par == root)
	n := 0
	visit(root, count{&n})
	fmt.Println(n)
	a := A{&B{as: []A{{}, {&B{}}}}}
	fmt.Println(len(a.b.as), a.b.as[1].b != nil, a.b.as[0].b == nil)
	var f Fn
	total := 0
	f = Fn{func(i int) Fn { total += i; return f }}
	f.call(1).call(2).call(3)
	fmt.Println(total)
	m := M{map[string]M{"x": {}}}
	fmt.Println(len(m.m), m.m["x"].m["y"].m == nil, m)
	fmt.Println(S{[]S{{}, {[]S{{}}}}}.depth())
	fmt.Println(hanoi(5, "a", "b", "c"), perms([]int{1, 2, 3}), queens(6, 0, 0, 0, 0))
	type local struct {
		l *local
		v int
	}
	x := &local{v: 1}
	x.l = &local{x, 2}
	fmt.Println(x.l.l.v, x.l.v)
}
