package main

import "fmt"

type string2 = string

var x = 10

func f(x int) (y int) {
	y = x
	if x := x * 2; x > 5 {
		y := x + 1
		_ = y
		return x + y
	} else if z := x + 1; z > 0 {
		y = z
	}
	return
}

func main() {
	len := 3
	fmt.Println(len, x, f(1), f(5))
	x := x + 1
	for x := 0; x < 2; x++ {
		x := x * 10
		fmt.Println(x)
	}
	fmt.Println(x)
	var s string2 = "a"
	s += "b"
	fmt.Println(s)
	var a, b = 1, "q"
	a, c := 5, 2.5
	fmt.Println(a, b, c)
	true := false
	fmt.Println(true)
	{
		type x struct{ v int }
		fmt.Println(x{3}.v)
	}
	min := func(a, b int) int { return a - b }
	fmt.Println(min(5, 3))
}
