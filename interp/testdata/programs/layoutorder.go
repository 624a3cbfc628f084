package main

import "fmt"

type zA struct {
	v int
	b aB
	w string
}
type aB struct {
	n int
	p *zA
}

func push(h *aB, v int) {
	x := &zA{v: v, w: fmt.Sprint("w", v)}
	x.b.p = h.p
	h.p = x
}

func main() {
	a := &zA{v: 1, w: "w"}
	a.b.n = 2
	a.b.p = &zA{v: 3, w: "x", b: aB{n: 4}}
	a.b.p.b.p = a
	fmt.Println(a.v, a.b.n, a.w, a.b.p.w, a.b.p.b.n, a.b.p.b.p.w)
	var h aB
	for i := range 5 {
		push(&h, i)
	}
	for x := h.p; x != nil; x = x.b.p {
		fmt.Print(x.v, x.w, " ")
	}
	fmt.Println()
}
