package main

import "fmt"

type in struct{ a [2]int }
type out struct {
	in
	p *in
	s []in
	m map[string]in
	f func() int
}

func byVal(o out) out  { o.in.a[0] = 100; o.p.a[0] = 100; o.s[0].a[0] = 100; return o }
func (o out) val() int { o.a[1] = 55; return o.a[1] }
func (o *out) ptr()    { o.a[1] = 66 }
func two() (in, [2]in) { return in{[2]int{1, 2}}, [2]in{} }
func main() {
	o := out{in: in{[2]int{1, 2}}, p: &in{}, s: []in{{}}, m: map[string]in{"k": {}}}
	o.f = func() int { return o.a[0] }
	c := byVal(o)
	fmt.Println(o.in, *o.p, o.s, c.in, o.f(), c.f())
	fmt.Println(o.val(), o.a, c.val(), c.a)
	o.ptr()
	d := o
	d.ptr()
	d.a[0]++
	fmt.Println(o.a, d.a)
	list := []out{o, c}
	for i, x := range list {
		x.a[0] = -1
		list[i].a[1] = -2
	}
	fmt.Println(list[0].a, list[1].a, o.a)
	q := &list[0]
	r := *q
	q.a[0] = 9
	fmt.Println(list[0].a, r.a)
	x, y := two()
	z := y
	y[0] = x
	fmt.Println(x, y, z)
	chn := make(chan in, 2)
	chn <- x
	x.a[0] = 77
	fmt.Println((<-chn).a, x.a)
	var i any = x
	x.a[0] = 88
	j := i.(in)
	j.a[1] = 99
	fmt.Println(i, j, x)
	arr := [2][2]int{{1, 2}, {3, 4}}
	row := arr[0]
	row[0] = 5
	pr := &arr[1]
	pr[0] = 6
	fmt.Println(arr, row)
	fn := func(a [2][2]int) { a[0][0] = 1000 }
	fn(arr)
	fmt.Println(arr)
	s1 := struct{ a, b [1]string }{[1]string{"x"}, [1]string{"y"}}
	s2 := s1
	s2.a[0] = "z"
	s1, s2 = s2, s1
	fmt.Println(s1, s2)
	m := map[int][1]int{1: {1}}
	v := m[1]
	v[0] = 2
	fmt.Println(m, v)
	m[1] = v
	v[0] = 3
	fmt.Println(m)
	cl := func() in { return x }
	g := cl()
	g.a[0] = 0
	fmt.Println(x.a, cl().a)
	ps := []*in{{}, {}}
	for k, p := range ps {
		p.a[0] = k + 1
	}
	w := *ps[0]
	w.a[0] = 50
	fmt.Println(*ps[0], *ps[1], w)
	st := [3]in{}
	for k := range st {
		e := &st[k]
		e.a[k%2] = k
	}
	fmt.Println(st)
	sw := [2]in{{[2]int{1, 1}}, {[2]int{2, 2}}}
	sw[0], sw[1] = sw[1], sw[0]
	fmt.Println(sw)
	h := o
	h.m["k"] = in{[2]int{7, 7}}
	fmt.Println(o.m)
	if t := o; true {
		t.a[0] = 12345
	}
	switch t := o; {
	default:
		t.a[0] = 54321
	}
	fmt.Println(o.a)
	defer func(o out) { fmt.Println("deferred", o.a) }(o)
	o.a[0] = 4
	go func(o out) {}(o)
}
