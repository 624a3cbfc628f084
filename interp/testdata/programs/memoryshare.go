package main

import "fmt"

type M struct{ rows [][]int }

func (m M) row(i int) []int { return m.rows[i] }
func sub(s []int) []int     { return s[1:3] }
func grow(s *[]int)         { *s = append(*s, len(*s)) }
func main() {
	a := []int{0, 1, 2, 3, 4}
	b := sub(a)
	b[0] = 10
	c := append(b, 30)
	fmt.Println(a, b, c, len(b), cap(b))
	d := append(b[:1:1], 99)
	fmt.Println(a, d)
	m := M{[][]int{{1}, {2}}}
	m.row(0)[0] = 7
	n := m
	n.rows[1][0] = 8
	fmt.Println(m, n)
	var s []int
	for range 3 {
		grow(&s)
	}
	fmt.Println(s)
	x := [][]int{a[:2], a[2:]}
	x[0][1], x[1][0] = x[1][0], x[0][1]
	fmt.Println(a, x)
	e := make([]int, 2, 10)
	f := append(e, 1)
	g := append(e, 2)
	fmt.Println(f[2], g[2], &f[0] == &g[0])
	h := e[:5]
	fmt.Println(h, len(h))
	copy(a[1:], a)
	fmt.Println(a, copy(a, []int{9}), a)
	str := []byte("abc")
	t := string(str)
	str[0] = 'X'
	fmt.Println(t, string(str))
	p := &a[1]
	a = append(a, 100)
	*p = -1
	fmt.Println(a[1], *p)
	q := (*[2]int)(a)
	q[1] = 55
	fmt.Println(a[1], q)
	mat := make([][]float64, 2)
	buf := make([]float64, 6)
	for i := range mat {
		mat[i], buf = buf[:3], buf[3:]
	}
	mat[0][2], mat[1][0] = 1.5, 2.5
	fmt.Println(mat, len(buf))
}
