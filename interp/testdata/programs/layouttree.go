package main

import "fmt"

type Tree struct {
	root *Node
	n    int
	name string
}
type Node struct {
	v    int
	tree *Tree
	l, r *Node
	kids []*Node
}

func (t *Tree) Add(v int) {
	p := &t.root
	for *p != nil {
		if v < (*p).v {
			p = &(*p).l
		} else {
			p = &(*p).r
		}
	}
	*p = &Node{v: v, tree: t}
	t.n++
	t.root.kids = append(t.root.kids, *p)
}

func main() {
	t := &Tree{name: "T"}
	for _, v := range []int{5, 3, 8, 4} {
		t.Add(v)
	}
	fmt.Println(t.root.l.r.v, t.root.l.r.tree.name, t.root.tree.n, len(t.root.kids), t.root.kids[3].tree.root.v)
}
