package main

import (
	"fmt"
	"strings"
)

type Money struct {
	cents int64
	cur   string
}
type Amounts []Money

func (m Money) String() string { return fmt.Sprintf("%s%d.%02d", m.cur, m.cents/100, m.cents%100) }
func (m Money) Add(o Money) Money {
	if m.cur != o.cur {
		panic(fmt.Errorf("add %s to %s", o.cur, m.cur))
	}
	m.cents += o.cents
	return m
}
func (m Money) Times(f float64) Money { m.cents = int64(float64(m.cents)*f + 0.5); return m }
func (a Amounts) Total() (t Money) {
	for i, m := range a {
		if i == 0 {
			t.cur = m.cur
		}
		t = t.Add(m)
	}
	return
}
func (m Money) Split(n int) (out Amounts) {
	each, left := m.cents/int64(n), m.cents%int64(n)
	for i := range n {
		c := each
		if int64(i) < left {
			c++
		}
		out = append(out, Money{c, m.cur})
	}
	return
}

type Ratio struct{ n, d int }

func gcd(a, b int) int {
	if b == 0 {
		return a
	}
	return gcd(b, a%b)
}
func R(n, d int) Ratio {
	g := gcd(n, d)
	return Ratio{n / g, d / g}
}
func (r Ratio) Mul(o Ratio) Ratio { return R(r.n*o.n, r.d*o.d) }
func (r Ratio) Less(o Ratio) bool { return r.n*o.d < o.n*r.d }
func (r Ratio) Format(f fmt.State, verb rune) {
	switch verb {
	case 'f':
		p, ok := f.Precision()
		if !ok {
			p = 2
		}
		fmt.Fprintf(f, "%.*f", p, float64(r.n)/float64(r.d))
	default:
		fmt.Fprintf(f, "%d/%d", r.n, r.d)
	}
}
func main() {
	a := Amounts{{150, "$"}, {275, "$"}}
	fmt.Println(a, a.Total(), a[0].Times(1.1), Money{1000, "E"}.Split(3))
	fmt.Printf("%v|%10s|%-8v|%q\n", a[0], a[0], a[1], a[0])
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		a[0].Add(Money{1, "E"})
	}()
	x := R(6, 8)
	fmt.Printf("%v %f %.4f %s\n", x, x, x.Mul(R(2, 3)), []Ratio{R(1, 2), R(1, 3)})
	fmt.Println(x.Less(R(4, 5)), map[Ratio]string{R(2, 4): "half"}[R(1, 2)], strings.Contains(fmt.Sprint(x), "/"))
}
