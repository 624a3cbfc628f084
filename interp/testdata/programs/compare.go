package main

import "fmt"

type K struct {
	a int
	b string
	c [2]bool
	d any
}
type I interface{ M() }
type V struct{ n int }
type P struct{ n int }

func (V) M()                       {}
func (*P) M()                      {}
func eq[T comparable](a, b T) bool { return a == b }
func index[T comparable](s []T, v T) int {
	for i, w := range s {
		if v == w {
			return i
		}
	}
	return -1
}
func main() {
	k := K{1, "x", [2]bool{true}, 2.5}
	l := k
	fmt.Println(k == l, eq(k, K{}), index([]K{{}, k}, k))
	l.d = float32(2.5)
	fmt.Println(k == l, k != l)
	var i, j I = V{1}, V{1}
	p := &P{1}
	fmt.Println(i == j, i == I(V{2}), I(p) == I(p), I(p) == I(&P{1}), i == I(p), eq[any](i, j), eq[I](p, p))
	var n I
	var np *P
	fmt.Println(n == nil, I(np) == nil, np == nil, n == I(np))
	fmt.Println("a" < "b", "" == "", [0]int{} == [0]int{}, [2]any{1, "a"} == [2]any{1, "a"}, struct{ a, b any }{1, nil} == struct{ a, b any }{1, nil})
	x, y := make(chan int), make(chan int)
	fmt.Println(x == y, x == x, eq(x, y))
	m := map[I]string{V{1}: "v", p: "p", nil: "nil"}
	fmt.Println(m[V{1}], m[p], m[nil], m[&P{1}] == "", len(m))
	mk := map[K]int{k: 1}
	mk[k]++
	mk[l]++
	fmt.Println(len(mk), mk[k])
	defer func() { fmt.Println(recover()) }()
	k.d = []int{1}
	l.d = []int{1}
	fmt.Println(k == l)
}
