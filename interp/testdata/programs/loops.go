package main

import "fmt"

func collatz(n int) (steps int) {
	for ; n != 1; steps++ {
		if n%2 == 0 {
			n /= 2
			continue
		}
		n = 3*n + 1
	}
	return
}
func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
func main() {
	for i, j := 0, 10; i < j; i, j = i+1, j-2 {
		fmt.Print(i, j, " ")
	}
	fmt.Println(collatz(27), gcd(48, 18))
	n := 0
	for {
		if n++; n > 5 {
			break
		}
	}
	for n > 3 {
		n--
	}
	fmt.Println(n)
	for i := 0; i < 3; i++ {
		for j := i; j < 3; j++ {
			if j == 1 {
				continue
			}
			fmt.Print(i, j, ";")
		}
	}
	fmt.Println()
	for i := range 10 {
		if i%2 == 0 {
			continue
		}
		if i > 7 {
			break
		}
		fmt.Print(i, " ")
	}
	var i int
	for i = range 4 {
	}
	fmt.Println(i)
	var u uint8
	for u = 250; u != 3; u++ {
	}
	fmt.Println(u)
	for i := uint8(3); i < 4; i-- {
		fmt.Print(i, " ")
	}
	fmt.Println()
	x := 1
	for range 5 {
		x *= 2
	}
	for x := x; x > 10; x /= 2 {
		fmt.Print(x, " ")
	}
	fmt.Println(x)
	s := []int{1, 2, 3}
	for i := range s {
		s = append(s, i)
	}
	for i, v := range s {
		s[len(s)-1-i] = v
	}
	fmt.Println(s)
	m := map[int]int{1: 1, 2: 2, 3: 3}
	t := 0
	for k, v := range m {
		t += k * v
		m[k] = 0
	}
	fmt.Println(t, m)
	for f, i := 1.0, 0; i < 4; f, i = f*1.5, i+1 {
		fmt.Print(f, " ")
	}
	var p struct{ i int }
	for p.i = 0; p.i < 2; p.i++ {
	}
	arr := [2]int{}
	for arr[0] = 0; arr[0] < 3; arr[0]++ {
	}
	fmt.Println(p, arr)
	var fs []func()
	for i := 0; i < 3; i++ {
		fs = append(fs, func() { fmt.Print(i, " ") })
		i := i * 2
		fs = append(fs, func() { fmt.Print(i, " ") })
	}
	for _, f := range fs {
		f()
	}
	fmt.Println()
}
