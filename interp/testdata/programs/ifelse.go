package main

import "fmt"

func sign(n int) string {
	if n < 0 {
		return "neg"
	} else if n == 0 {
		return "zero"
	}
	return "pos"
}
func grade(n int) (g byte) {
	if g = 'F'; n >= 90 {
		g = 'A'
	} else if n >= 80 {
		g = 'B'
	} else if h := n / 10; h >= 6 {
		g = 'C' + byte(7-h)
	}
	return
}
func main() {
	for _, n := range []int{-1, 0, 1} {
		fmt.Print(sign(n), " ")
	}
	for _, n := range []int{95, 85, 75, 65, 10} {
		fmt.Print(string(grade(n)), " ")
	}
	m := map[string]int{"a": 1}
	if v, ok := m["a"]; !ok {
		fmt.Println("none")
	} else if w, ok := m["b"]; ok {
		fmt.Println(w)
	} else {
		fmt.Println(v, w, ok)
	}
	if x, y := 1, 2; x < y && func() bool { x++; return x == y }() {
		fmt.Println("equal now", x, y)
	}
	var p *int
	if p != nil && *p > 0 || p == nil {
		fmt.Println("short circuit")
	}
	if b := !(1 > 2) != (3 < 2); b {
		fmt.Println(b)
	}
}
