package main

import "fmt"

type Op int

const (
	Add Op = iota
	Sub
	Mul
)

func eval(op Op, a, b int) (r int) {
	switch op {
	case Add:
		r = a + b
	case Sub:
		r = a - b
	case Mul:
		r = a * b
	default:
		r = -1
	}
	return
}
func fall(n int) (s string) {
	switch {
	case n > 2:
		s += "a"
		fallthrough
	case n > 100:
		s += "b"
		if n == 5 {
			break
		}
		s += "c"
		fallthrough
	default:
		s += "d"
	case n == 1:
		s += "e"
	}
	return
}

type pt struct{ x, y int }

func main() {
	fmt.Println(eval(Add, 2, 3), eval(Sub, 2, 3), eval(Mul, 2, 3), eval(9, 1, 1))
	fmt.Println(fall(1), fall(2), fall(3), fall(5))
	switch p := (pt{1, 2}); p {
	case pt{}:
		fmt.Println("zero")
	case pt{1, 2}:
		fmt.Println("match")
	}
	switch a := [2]string{"x", "y"}; a {
	case [2]string{"x", "y"}:
		fmt.Println("array")
	}
	switch x := 5; x {
	case 1, 2, 3:
	case 4, 5:
		switch {
		case x == 5:
			fmt.Println("inner")
		}
	}
	switch {
	}
	switch x := any("s"); x {
	case 1:
		fmt.Println("int")
	case "s", nil:
		fmt.Println("string")
	}
	switch f := func(n int) int { return n * 2 }; f(2) {
	case f(1):
		fmt.Println("two")
	case f(1) + f(1):
		fmt.Println("four")
	}
	var e error
	switch e {
	case nil:
		fmt.Println("nil error")
	}
	ch := make(chan int)
	switch ch {
	case nil:
		fmt.Println("nil chan")
	case ch:
		fmt.Println("same chan")
	}
	switch b := true; {
	case !b:
	case b && len("ab") == 2:
		fmt.Println("bool")
	}
	switch 'b' {
	case 'a', 'b':
		fmt.Println("rune")
	}
	switch 2.5 {
	case 2.5:
		fmt.Println("float")
	}
}
