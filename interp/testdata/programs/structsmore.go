package main

import "fmt"

type Point struct{ X, Y int }
type Line struct {
	A, B Point
	Name string
}
type empty struct{}
type withFunc struct {
	f func(int) int
	m map[string]int
}
type tagged struct {
	A int `k:"v"`
	_ int
	B string
}
type big struct {
	a    [3]Point
	next *big
	in   struct {
		x, y float64
		deep struct{ z []int }
	}
}

func (p Point) Plus(o Point) Point  { return Point{p.X + o.X, p.Y + o.Y} }
func (p *Point) Move(dx int) *Point { p.X += dx; return p }
func newLine() *Line                { return &Line{B: Point{Y: 2}} }
func main() {
	l := Line{Point{1, 2}, Point{3, 4}, "l"}
	m := l
	m.A.X, m.Name = 10, "m"
	fmt.Println(l, m, l == m, l.A == Point{1, 2}, l != Line{})
	p := &l.B
	p.Move(5).Move(1).Y = 9
	fmt.Println(l, *p, newLine().B.Y, newLine().A)
	fmt.Println(empty{} == empty{}, []empty{{}, {}}, struct{}{})
	w := withFunc{f: func(i int) int { return i * 3 }, m: map[string]int{}}
	w.m["k"] = w.f(4)
	fmt.Println(w.m, w.f != nil)
	t := tagged{A: 1, B: "b"}
	fmt.Println(t.A, t.B)
	var b big
	b.a[1].Move(3)
	b.in.deep.z = append(b.in.deep.z, 1)
	b.next = &big{}
	b.next.next = &b
	b.next.next.in.x = 2.5
	fmt.Println(b.a, b.in, b.next.next == &b)
	ps := []*Point{{1, 1}, {2, 2}}
	for _, p := range ps {
		p.Move(10)
	}
	fmt.Println(*ps[0], *ps[1], ps[0].Plus(*ps[1]))
	mp := map[string]*Line{"a": {Name: "x"}}
	mp["a"].A.X++
	mp["a"].Name += "!"
	fmt.Println(*mp["a"])
	anon := []struct {
		Name string
		Pt   *Point
	}{{"n", &Point{1, 2}}, {Name: "o"}}
	fmt.Println(anon[0].Pt.X, anon[1].Pt == nil, len(anon))
	arr := [...]Line{2: {Name: "third"}}
	fmt.Println(len(arr), arr[2].Name, arr[0] == Line{})
	x := struct{ Point }{Point{7, 8}}
	fmt.Println(x.X, x.Plus(Point{1, 1}), x.Point)
	pp := &p
	(*pp).X = 77
	(**pp).Y = 88
	fmt.Println(l.B)
	swap := func(a, b *Point) { *a, *b = *b, *a }
	swap(&l.A, &l.B)
	fmt.Println(l.A, l.B)
	var np *Line
	func() {
		defer func() { fmt.Println("nil:", recover() != nil) }()
		fmt.Println(np.A.X)
	}()
	type local struct{ v int }
	ls := []local{{1}, {2}}
	ls[0].v, ls[1].v = ls[1].v, ls[0].v
	fmt.Println(ls, fmt.Sprintf("%T", ls))
}
