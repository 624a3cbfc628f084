package main

import "fmt"

func lcs(a, b string) string {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	var out []byte
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			out = append(out, a[i])
			i, j = i+1, j+1
		case t[i+1][j] >= t[i][j+1]:
			i++
		default:
			j++
		}
	}
	return string(out)
}
func knap(w, v []int, c int) int {
	best := make([]int, c+1)
	for i, wi := range w {
		for j := c; j >= wi; j-- {
			best[j] = max(best[j], best[j-wi]+v[i])
		}
	}
	return best[c]
}
func coins(n int, cs ...int) (ways int64) {
	t := make([]int64, n+1)
	t[0] = 1
	for _, c := range cs {
		for i := c; i <= n; i++ {
			t[i] += t[i-c]
		}
	}
	return t[n]
}
func lis(xs []int) (out []int) {
	prev, tails := make([]int, len(xs)), []int{}
	for i, x := range xs {
		lo, hi := 0, len(tails)
		for lo < hi {
			if m := (lo + hi) / 2; xs[tails[m]] < x {
				lo = m + 1
			} else {
				hi = m
			}
		}
		if prev[i] = -1; lo > 0 {
			prev[i] = tails[lo-1]
		}
		if lo == len(tails) {
			tails = append(tails, i)
		} else {
			tails[lo] = i
		}
	}
	for i := tails[len(tails)-1]; i >= 0; i = prev[i] {
		out = append([]int{xs[i]}, out...)
	}
	return
}
func subsets(s []int) (out [][]int) {
	for mask := range 1 << len(s) {
		var cur []int
		for i, v := range s {
			if mask>>i&1 == 1 {
				cur = append(cur, v)
			}
		}
		out = append(out, cur)
	}
	return
}
func quick(s []int) []int {
	if len(s) < 2 {
		return s
	}
	p := s[len(s)/2]
	var l, e, g []int
	for _, v := range s {
		switch {
		case v < p:
			l = append(l, v)
		case v > p:
			g = append(g, v)
		default:
			e = append(e, v)
		}
	}
	return append(append(quick(l), e...), quick(g)...)
}
func merge(s []int) []int {
	if len(s) < 2 {
		return s
	}
	a, b := merge(s[:len(s)/2]), merge(s[len(s)/2:])
	out := make([]int, 0, len(s))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
func main() {
	fmt.Println(lcs("AGGTAB", "GXTXAYB"), knap([]int{1, 3, 4, 5}, []int{1, 4, 5, 7}, 7), coins(100, 1, 5, 10, 25, 50), lis([]int{3, 1, 4, 1, 5, 9, 2, 6}))
	fmt.Println(subsets([]int{1, 2, 3}), quick([]int{3, 6, 1, 8, 2, 9, 2}), merge([]int{5, 2, 9, 1, 5}))
}
