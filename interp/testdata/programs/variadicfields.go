package main

import "fmt"

type box struct {
	sum func(...int) int
	log func(string, ...any)
	in  *box
}

func total(xs ...int) (t int) {
	for _, x := range xs {
		t += x
	}
	return t - len(xs)
}

func main() {
	b := box{sum: total, log: func(s string, a ...any) { fmt.Println(s, len(a), a) }}
	b.in = &b
	fmt.Println(b.sum(), b.sum(1), b.sum(1, 2, 3), b.in.in.sum([]int{4, 5}...))
	b.log("none")
	b.log("some", nil, 1, "x", []any{2})
	b.log("spread", []any{1, 2}...)
	defer b.log("deferred", b.sum(7, 7))
	for _, f := range []struct{ f func(...string) int }{{func(s ...string) int { return len(s) }}} {
		fmt.Println(f.f("a", "b"), f.f())
	}
	fmt.Println(func() func(...int) int { return total }()(10, 20))
}
