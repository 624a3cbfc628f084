package main

import "fmt"

type counter struct{ n int }

func (c *counter) inc() int { c.n++; return c.n }

func adder() func(int) int {
	sum := 0
	return func(x int) int { sum += x; return sum }
}

func main() {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
	}
	for _, f := range fs {
		fmt.Println(f(), f())
	}
	var ps []*int
	for i := range 3 {
		ps = append(ps, &i)
	}
	for _, p := range ps {
		fmt.Print(*p, " ")
	}
	fmt.Println()
	a, b := adder(), adder()
	fmt.Println(a(1), a(2), b(10))
	var c counter
	f := c.inc
	f()
	f()
	fmt.Println(c.n, c.inc())
	g := (*counter).inc
	fmt.Println(g(&c))
	for _, s := range []string{"x", "y"} {
		defer func() { fmt.Println("deferred", s) }()
	}
	for i, j := 0, 10; i < j; i, j = i+1, j-2 {
		defer fmt.Println(i, j)
	}
}
