package main

import "fmt"

type App struct {
	tree *Node
	list *Elem
	mid  Holder
}
type Node struct {
	v    int
	l, r *Node
}
type Elem struct {
	next *Elem
	name string
	w    float64
}
type Holder struct {
	e  Elem
	ns []*Node
}

func main() {
	a := App{tree: &Node{v: 1}, list: &Elem{name: "e"}}
	a.tree.l = &Node{v: 2, r: &Node{v: 3}}
	a.list.next = &Elem{name: "f", w: 2.5, next: a.list}
	a.mid.e.next = a.list.next
	a.mid.ns = append(a.mid.ns, a.tree.l, a.tree.l.r)
	fmt.Println(a.tree.l.r.v, a.list.next.next.name, a.list.next.w, a.mid.e.next.name, a.mid.ns[1].v, len(a.mid.ns))
}
