package main

import (
	"fmt"
	"math"
)

type Vec [3]float64

func (v Vec) Add(w Vec) Vec {
	for i := range v {
		v[i] += w[i]
	}
	return v
}
func (v *Vec) Scale(k float64) {
	for i := range v {
		v[i] *= k
	}
}
func (v Vec) Dot(w Vec) (d float64) {
	for i, x := range v {
		d += x * w[i]
	}
	return
}
func (v Vec) Len() float64 { return math.Sqrt(v.Dot(v)) }

type Mat [2][2]int

func (m Mat) Mul(o Mat) (r Mat) {
	for i := range 2 {
		for j := range 2 {
			for k := range 2 {
				r[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return
}
func pow(m Mat, n int) Mat {
	r := Mat{{1, 0}, {0, 1}}
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			r = r.Mul(m)
		}
		m = m.Mul(m)
	}
	return r
}
func transpose[T any](m [][]T) [][]T {
	out := make([][]T, len(m[0]))
	for i := range out {
		out[i] = make([]T, len(m))
		for j := range m {
			out[i][j] = m[j][i]
		}
	}
	return out
}
func spiral(n int) [][]int {
	g := make([][]int, n)
	for i := range g {
		g[i] = make([]int, n)
	}
	x, y, dx, dy := 0, 0, 1, 0
	for k := 1; k <= n*n; k++ {
		g[y][x] = k
		if nx, ny := x+dx, y+dy; nx < 0 || nx >= n || ny < 0 || ny >= n || g[ny][nx] != 0 {
			dx, dy = -dy, dx
		}
		x, y = x+dx, y+dy
	}
	return g
}
func life(g [][]bool) [][]bool {
	h := make([][]bool, len(g))
	for y := range g {
		h[y] = make([]bool, len(g[y]))
		for x := range g[y] {
			n := 0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					if (dx != 0 || dy != 0) && g[(y+dy+len(g))%len(g)][(x+dx+len(g[y]))%len(g[y])] {
						n++
					}
				}
			}
			h[y][x] = n == 3 || n == 2 && g[y][x]
		}
	}
	return h
}
func main() {
	v := Vec{1, 2, 2}
	w := v.Add(Vec{1, 1, 1})
	v.Scale(2)
	fmt.Println(v, w, v.Dot(w), v.Len())
	fmt.Println(pow(Mat{{1, 1}, {1, 0}}, 50)[0][1])
	fmt.Println(transpose([][]string{{"a", "b", "c"}, {"d", "e", "f"}}), spiral(4))
	g := make([][]bool, 5)
	for i := range g {
		g[i] = make([]bool, 5)
	}
	g[2][1], g[2][2], g[2][3] = true, true, true
	for range 2 {
		g = life(g)
		for _, r := range g {
			for _, c := range r {
				if c {
					fmt.Print("#")
				} else {
					fmt.Print(".")
				}
			}
			fmt.Print("/")
		}
		fmt.Println()
	}
	var cube [2][3][4]int
	cube[1][2][3] = 7
	c2 := cube
	c2[1][2][3]++
	fmt.Println(cube[1][2], c2[1], len(cube), len(cube[0]), len(cube[0][0]))
	primes := []int{}
	sieve := make([]bool, 50)
	for i := 2; i < len(sieve); i++ {
		if sieve[i] {
			continue
		}
		primes = append(primes, i)
		for j := i * i; j < len(sieve); j += i {
			sieve[j] = true
		}
	}
	fmt.Println(primes)
}
