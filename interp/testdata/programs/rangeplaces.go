package main

import "fmt"

func pairs(yield func(int, string) bool) { _ = yield(2, "a") && yield(0, "b") && yield(1, "c") }

func main() {
	i := 0
	a := []int{0, 0, 0}
	for i, a[i] = range []int{7, 8, 9} {
	}
	fmt.Println(i, a)
	m := map[int]any{}
	i = 5
	for i, m[i] = range pairs {
	}
	fmt.Println(i, m)
	var s struct{ k, v any }
	for s.k, s.v = range map[string]int{"x": 1} {
	}
	fmt.Println(s.k, s.v)
	p := &s
	for p.k, p.v = range [1]bool{true} {
	}
	fmt.Println(s)
}
