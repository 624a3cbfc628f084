package main

import "fmt"

type node struct {
	v    int
	l, r *node
}

func insert(pp **node, v int) {
	for *pp != nil {
		if v < (*pp).v {
			pp = &(*pp).l
		} else {
			pp = &(*pp).r
		}
	}
	*pp = &node{v: v}
}
func (n *node) walk(f func(int)) {
	if n != nil {
		n.l.walk(f)
		f(n.v)
		n.r.walk(f)
	}
}
func (n *node) height() int {
	if n == nil {
		return 0
	}
	return 1 + max(n.l.height(), n.r.height())
}
func setAll(ps ...*int) {
	for i, p := range ps {
		*p = i
	}
}
func escape() (a, b *int) {
	x := 1
	return &x, &x
}
func main() {
	var root *node
	for _, v := range []int{5, 2, 8, 1, 9, 3} {
		insert(&root, v)
	}
	root.walk(func(v int) { fmt.Print(v, " ") })
	fmt.Println(root.height())
	a, b, c := 10, 20, 30
	setAll(&a, &b, &c)
	fmt.Println(a, b, c)
	p, q := escape()
	*p++
	fmt.Println(*q, p == q)
	arr := [3]int{1, 2, 3}
	e := &arr[1]
	*e *= 10
	s := arr[:]
	f := &s[2]
	s = append(s, 4)
	*f = 99
	fmt.Println(arr, s)
	pa := &arr
	pa[0] = 7
	for i := range pa {
		pa[i]++
	}
	fmt.Println(arr, len(pa))
	m := map[string]*int{"x": &a}
	*m["x"] = 42
	fmt.Println(a)
	pp := &p
	*pp = &a
	fmt.Println(**pp, *p)
	ps := []*int{&a, &b, &a}
	*ps[2]++
	fmt.Println(*ps[0], ps[0] == ps[2], ps[0] != ps[1])
	var list [3]*int
	for i := range list {
		list[i] = &i
	}
	fmt.Println(*list[0], *list[1], *list[2])
	type pair struct{ x, y int }
	pr := pair{1, 2}
	px, py := &pr.x, &pr.y
	*px, *py = *py, *px
	fmt.Println(pr)
	ip := any(&pr)
	ip.(*pair).x = 5
	fmt.Println(pr, ip.(*pair) == &pr)
	n := new(pair{3, 4})
	o := *n
	o.x = 0
	fmt.Println(*n, o)
}
