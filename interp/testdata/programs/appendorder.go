package main

import "fmt"

type P struct{ X, Y int }

func main() {
	s := []int{1, 2, 3}
	fmt.Println(append(s[:0], s[2], s[1], s[0]), s)
	ps := []P{{1, 2}, {3, 4}}
	fmt.Println(append(ps[:0], ps[1], ps[0]), ps)
	qs := []P{{1, 2}, {3, 4}}
	q := append(qs[:0], P{qs[1].X, 9}, qs[0])
	fmt.Println(q, qs)
	a := [4]string{"a", "b", "c", "d"}
	fmt.Println(append(a[1:1], a[3], a[1], a[0]), a)
	x := []any{1, "two", 3.5}
	fmt.Println(append(x[:0], x[2], x[0], x[1]), x)
	n := []int{7}
	p := &n[0]
	fmt.Println(append(n[:0], 5, *p), n)
	fs := []float64{1, 2}
	fmt.Println(append(fs[:0], fs[1], float64(fs[0])))
	var es []error
	es = append(es, fmt.Errorf("e"), nil)
	fmt.Println(append(es[:0], es[1], es[0]), len(es))
	type N []int
	m := N{1, 2}
	m = append(m[:0], m[1], m[0])
	fmt.Printf("%T %v\n", m, m)
}
