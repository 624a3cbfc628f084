package main

import (
	"fmt"
	"sort"
	"strings"
)

type graph struct {
	adj map[string]map[string]struct{}
}

func (g *graph) link(a, b string) {
	for _, p := range [...][2]string{{a, b}, {b, a}} {
		if g.adj == nil {
			g.adj = map[string]map[string]struct{}{}
		}
		if g.adj[p[0]] == nil {
			g.adj[p[0]] = make(map[string]struct{})
		}
		g.adj[p[0]][p[1]] = struct{}{}
	}
}
func (g graph) path(from, to string) []string {
	prev := map[string]string{from: ""}
	for q := []string{from}; len(q) > 0; q = q[1:] {
		if q[0] == to {
			var out []string
			for n := to; n != ""; n = prev[n] {
				out = append([]string{n}, out...)
			}
			return out
		}
		var next []string
		for n := range g.adj[q[0]] {
			next = append(next, n)
		}
		sort.Strings(next)
		for _, n := range next {
			if _, seen := prev[n]; !seen {
				prev[n] = q[0]
				q = append(q, n)
			}
		}
	}
	return nil
}
func near(a, b string) bool {
	d := 0
	for i := range a {
		if a[i] != b[i] {
			if d++; d > 1 {
				return false
			}
		}
	}
	return d == 1
}
func main() {
	var g graph
	words := strings.Fields("cold cord card ward warm word worm form")
	for i, a := range words {
		for _, b := range words[i+1:] {
			if near(a, b) {
				g.link(a, b)
			}
		}
	}
	fmt.Println(g.path("cold", "warm"), g.path("cold", "form"), g.path("cold", "none") == nil, len(g.adj))
	groups := map[string][]string{}
	for _, w := range strings.Fields("tea eat ate nat tan bat") {
		r := []rune(w)
		sort.Slice(r, func(i, j int) bool { return r[i] < r[j] })
		groups[string(r)] = append(groups[string(r)], w)
	}
	fmt.Println(groups)
	board := [3][3]rune{}
	for i, r := range "XOXOX_OXO" {
		board[i/3][i%3] = r
	}
	lines := 0
	for i := range board {
		if board[i][0] == board[i][1] && board[i][1] == board[i][2] {
			lines++
		}
	}
	if d := board[0][0]; d == board[1][1] && d == board[2][2] || board[0][2] == board[1][1] && board[1][1] == board[2][0] {
		lines++
	}
	for _, row := range board {
		fmt.Print(string(row[:]), " ")
	}
	fmt.Println(lines)
}
