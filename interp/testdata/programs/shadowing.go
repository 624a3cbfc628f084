package main

import "fmt"

var x = "package"

type T struct{ x int }

func (T) String() string { return "T" }
func f() string          { return x }
func main() {
	fmt.Println(x)
	x := 1
	{
		x := x + 1
		x++
		fmt.Println(x)
		if x := "if"; x != "" {
			fmt.Println(x)
			x := len(x)
			fmt.Println(x)
		} else if y := x; y != "" {
			fmt.Println(y)
		}
	}
	fmt.Println(x, f())
	for x := 0; x < 2; x++ {
		x := x * 10
		fmt.Print(x, " ")
	}
	switch x := any(x).(type) {
	case int:
		x++
		fmt.Println(x)
	}
	len := func(s string) int { return 42 }
	fmt.Println(len("abc"))
	true := false
	fmt.Println(true, !true)
	int := "int"
	fmt.Println(int)
	nil := 5
	fmt.Println(nil)
	type string float64
	var s string = 1.5
	fmt.Println(s)
	func(x T) { fmt.Println(x) }(T{3})
	fmt := "shadowed"
	_ = fmt
	err := "outer"
	if _, err := 1, "inner"; err != "" {
		println2(err)
	}
	println2(err)
}
func println2(s any) { fmt.Println(s) }
