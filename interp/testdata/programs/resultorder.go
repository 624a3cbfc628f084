package main

import "fmt"

type T struct{ n int }

func (t T) swap() (x, y T) {
	x, y = T{t.n + 1}, T{t.n + 2}
	return y, x
}

func two() (a, b int) {
	a, b = 1, 2
	return b, a
}

func three() (a, b, c string) {
	a, b, c = "a", "b", "c"
	return b, c, a
}

func mixed() (a int, b float64, c, d int) {
	a, b, c, d = 1, 2, 3, 4
	return c, b * float64(a), d + a, (a)
}

func pair[A any](a, b A) (x, y A) {
	x, y = a, b
	return y, x
}

func anys() (a any, b error) {
	a = fmt.Errorf("x")
	b = fmt.Errorf("y")
	return b, b
}

func deferred() (a, b int) {
	defer func() { a *= 10 }()
	a, b = 1, 2
	return b, a
}

func inLoop() (a, b int) {
	a, b = 1, 2
	for range 3 {
		f := func() int { return a }
		if f() == 1 {
			return b, a
		}
	}
	return
}

func rangeFunc() (a, b int) {
	a, b = 1, 2
	for range func(yield func() bool) { yield() } {
		return b, a
	}
	return
}

func recursive(n int) (even, odd bool) {
	even, odd = n == 0, n == 1
	if n < 2 {
		return
	}
	even, odd = recursive(n - 1)
	return odd, even
}

func main() {
	fmt.Println(two())
	fmt.Println(three())
	fmt.Println(mixed())
	fmt.Println(pair("x", "y"))
	fmt.Println(pair(T{1}, T{2}))
	fmt.Println(anys())
	fmt.Println(deferred())
	fmt.Println(inLoop())
	fmt.Println(rangeFunc())
	fmt.Println(recursive(7))
	fmt.Println(T{}.swap())
	lit := func() (p, q []int) {
		p, q = []int{1}, []int{2}
		return q, p
	}
	fmt.Println(lit())
}
