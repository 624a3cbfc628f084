package main

import "fmt"

type point struct{ x, y int }
type grid [2][3]int
type holder struct {
	arr [3]int
	in  struct{ p point }
	ptr *point
	sl  []int
}

func (g grid) sum() (n int) {
	for _, row := range g {
		for _, v := range row {
			n += v
		}
	}
	g[0][0] = 1000
	return
}
func (g *grid) set(i, j, v int) { g[i][j] = v }
func modify(a [3]int) [3]int    { a[0] = 99; return a }
func modifyPtr(a *[3]int)       { a[0] = 99 }
func modifyStruct(h holder) holder {
	h.arr[1] = 77
	h.in.p.x = 77
	h.ptr.x = 77
	h.sl[0] = 77
	return h
}
func ret() (a [2]point, p point) { return }

func main() {
	a := [3]int{1, 2, 3}
	b := a
	b[0] = 10
	fmt.Println(a, b, a == b, a == [3]int{1, 2, 3}, modify(a), a)
	modifyPtr(&a)
	fmt.Println(a)
	p := &a
	p[1] = 50
	c := *p
	c[2] = 60
	fmt.Println(a, c, len(p), p[1:2])
	s := a[:]
	s[0] = -1
	fmt.Println(a, s)
	var g grid
	g.set(1, 2, 5)
	g2 := g
	g2[1][2]++
	row := g[1]
	row[0] = 8
	fmt.Println(g, g2, g.sum(), g == g2, row, g[0][0])
	h := holder{arr: [3]int{1, 2, 3}, ptr: &point{1, 2}, sl: []int{1}}
	h2 := h
	h2.arr[0] = 100
	h2.in.p.y = 100
	fmt.Println(h.arr, h.in, h2.arr, h2.in)
	h3 := modifyStruct(h)
	fmt.Println(h.arr, h.in, *h.ptr, h.sl, h3.arr, h3.in)
	ms := map[string]point{"a": {1, 2}}
	v := ms["a"]
	v.x = 100
	fmt.Println(ms, v)
	ma := map[string][2]int{"k": {1, 2}}
	arr := ma["k"]
	arr[0] = 9
	fmt.Println(ma, arr, ma["k"][1], ma["none"])
	ch := make(chan [2]int, 2)
	arr2 := [2]int{1, 2}
	ch <- arr2
	arr2[0] = 5
	fmt.Println(<-ch, arr2)
	cs := make(chan point, 1)
	pt := point{1, 1}
	cs <- pt
	pt.x = 2
	fmt.Println(<-cs, pt)
	sl := []point{{1, 2}, {3, 4}}
	e := sl[0]
	e.x = 50
	ep := &sl[1]
	ep.x = 60
	sl = append(sl, sl[0])
	sl[2].y = 70
	fmt.Println(sl, e, *ep)
	var i any = a
	a[0] = 555
	fmt.Println(i, i.([3]int)[0], i == any([3]int{-1, 50, 3}))
	i2 := i
	ia := i2.([3]int)
	ia[0] = 1
	fmt.Println(i2, ia)
	f := func() [3]int { return a }
	r := f()
	r[0] = 0
	fmt.Println(a[0], f()[1])
	keys := map[[2]int]string{{1, 2}: "x", {3, 4}: "y"}
	keys[[2]int{1, 2}] += "!"
	fmt.Println(keys[[...]int{1, 2}], keys[[2]int{9, 9}] == "", len(keys))
	pk := map[point][]int{}
	pk[point{1, 2}] = append(pk[point{1, 2}], 1)
	pk[point{1, 2}] = append(pk[point{1, 2}], 2)
	fmt.Println(pk)
	type nested struct {
		a [2]point
		m map[string]int
	}
	n1 := nested{a: [2]point{{1, 1}, {2, 2}}, m: map[string]int{"z": 1}}
	n2 := n1
	n2.a[0].x = 9
	n2.m["z"] = 2
	fmt.Println(n1, n2)
	for i, v := range n1.a {
		n1.a[1].x = 1000
		v.x++
		fmt.Print(i, v, " ")
	}
	fmt.Println(n1.a)
	q := new([3]point)
	q[1].x = 3
	w := *q
	w[1].x = 4
	q2 := q
	q2[2].y = 6
	fmt.Println(*q, w)
	fmt.Println(ret())
	ap := [...]*point{{1, 2}, {3, 4}}
	bp := ap
	bp[0].x = 42
	bp[1] = nil
	fmt.Println(*ap[0], ap[1] != nil, bp[1] == nil)
	idx := [...]string{2: "two", 0: "zero", 4: "four"}
	fmt.Println(len(idx), idx, idx[1] == "")
	swap := [2]int{1, 2}
	swap[0], swap[1] = swap[1], swap[0]
	fmt.Println(swap)
	st := struct {
		a, b int
		c    [2]string
	}{1, 2, [2]string{"x", "y"}}
	st2 := st
	fmt.Println(st == st2, st)
	st2.c[0] = "z"
	fmt.Println(st == st2, st != st2)
	a1, a2 := [2]any{1, "a"}, [2]any{1, "a"}
	fmt.Println(a1 == a2, [2]any{1, 2} == [2]any{1, "2"})
	conv := [3]int(s)
	conv[0] = 31
	pc := (*[2]int)(s)
	pc[0] = 32
	fmt.Println(conv, s, *pc)
	closure := func() func() [2]int { x := [2]int{}; return func() [2]int { x[0]++; return x } }()
	o1 := closure()
	o2 := closure()
	fmt.Println(o1, o2)
	var z [0]int
	fmt.Println(z, len(z), struct{}{} == struct{}{})
	mm := [2]map[string]int{{"a": 1}, {"b": 2}}
	nn := mm
	nn[0]["a"] = 5
	fmt.Println(mm, len(nn))
	defer func(a [3]int, p point) { fmt.Println("deferred", a, p) }(a, pt)
	a[1], pt.y = 0, 0
	fmt.Println(a, pt)
}
