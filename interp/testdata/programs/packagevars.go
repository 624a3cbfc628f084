package main

import "fmt"

var (
	total = compute()
	table = []int{1, 2, 3}
	a     = b + 1
	b     = c() * 2
	names = map[string]int{"x": a, "y": d}
	d, e  = pair()
	f     = func() int { return g }()
	g     = len(table)
	_     = note("blank")
	log   []string
)

func compute() (t int) {
	for _, v := range table {
		t += v
	}
	return
}
func c() int            { return g + 1 }
func pair() (int, int)  { return a * 10, f }
func note(s string) int { return len(s) }

type T struct{ v int }

var t = T{v: total}
var p = &t
var iface fmt.Stringer = t

func (t T) String() string { return fmt.Sprint("T", t.v, prefix) }

var prefix = "!"

func main() {
	fmt.Println(total, a, b, names, d, e, f, g, log == nil)
	p.v++
	fmt.Println(t, iface, *p)
}
