package main

import "fmt"

func div(a, b int) (res int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
		}
	}()
	return a / b, nil
}

func fact(n uint64) uint64 {
	if n == 0 {
		return 1
	}
	return n * fact(n-1)
}

func multi() (int, string, error) { return 1, "a", nil }

func variadic(pre string, xs ...int) string { return fmt.Sprint(pre, len(xs), xs) }

func main() {
	fmt.Println(div(6, 3))
	fmt.Println(div(1, 0))
	fmt.Println(fact(20))
	fmt.Println(multi())
	fmt.Println(variadic("a"), variadic("b", 1, 2), variadic("c", []int{4}...))
outer:
	for i := 0; i < 3; i++ {
		for j := 0; j < 3; j++ {
			if j == 2 {
				continue outer
			}
			if i == 2 {
				break outer
			}
			fmt.Print(i, j, ";")
		}
	}
	fmt.Println()
	switch x := 5; {
	case x > 3:
		fmt.Println("big")
		fallthrough
	case x > 10:
		fmt.Println("fell")
	default:
		fmt.Println("no")
	}
	switch "b" {
	case "a", "b":
		fmt.Println("ab")
	}
	for i, r := range "héy" {
		fmt.Print(i, string(r), " ")
	}
	fmt.Println()
	i := 0
loop:
	if i < 3 {
		i++
		goto loop
	}
	fmt.Println(i)
	if x, err := div(4, 2); err == nil && x == 2 {
		fmt.Println("ok", x)
	} else if err != nil {
		fmt.Println(err)
	}
	x := 1
	{
		x := x + 1
		x++
		fmt.Println(x)
	}
	fmt.Println(x)
	var u8 uint8 = 250
	u8 += 10
	fmt.Println(u8, 7>>1, -7/2, -7%3, 1<<3|1, 6&^2, ^5)
	const big = 1 << 62
	fmt.Println(big, big/3.0 > 1e18)
	s := []int{1, 2, 3, 4, 5}
	fmt.Println(s[1:3], s[:2], s[3:], cap(s[1:3:4]))
	copy(s[1:], s)
	fmt.Println(s)
	clear(s[:2])
	fmt.Println(s, min(2.5, 1), max("a", "b"))
	p := new(42)
	*p++
	fmt.Println(*p)
	m := map[string]int{"a": 1}
	clear(m)
	fmt.Println(len(m))
	delete(m, "zz")
	for k := range m {
		fmt.Println(k)
	}
	func() {
		defer func() { fmt.Println("r:", recover()) }()
		var mm map[string]int
		mm["a"] = 1
	}()
	func() {
		defer func() { fmt.Println("r:", recover() != nil) }()
		var q *struct{ a int }
		fmt.Println(q.a)
	}()
	func() {
		defer func() { fmt.Println("r:", recover() != nil) }()
		idx := 5
		fmt.Println(s[idx])
	}()
}
