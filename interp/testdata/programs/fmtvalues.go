package main

import "fmt"

type Celsius float64

func (c Celsius) String() string { return fmt.Sprintf("%.1f°C", float64(c)) }

type Color int

const (
	Red Color = iota
	Green
)

func (c Color) String() string { return [...]string{"Red", "Green"}[c] }

type Point struct{ x, Y int }

type Named struct {
	Name  string
	At    Point
	Color Color
	next  *Named
}

type S struct{ v int }

func (s S) String() string { return fmt.Sprintf("S(%d)", s.v) }

func main() {
	fmt.Println(Celsius(3), []Celsius{1, 2}, map[string]Color{"a": Green})
	fmt.Println(Point{1, 2}, &Point{3, 4}, []Point{{5, 6}})
	fmt.Printf("%v %+v %d %s\n", Red, Green, Green, Green)
	n := Named{"n", Point{1, 2}, Green, nil}
	fmt.Printf("%v\n%+v\n", n, n)
	fmt.Println(S{1}, []S{{2}}, map[string]S{"a": {3}}, struct{ X S }{S{4}})
	var a any = Celsius(4)
	fmt.Println(a)
	var st fmt.Stringer = S{9}
	fmt.Println(st, st.String())
	fmt.Printf("%T %T %T %T\n", n, Red, &n, []Celsius{})
	fmt.Printf("%5d|%-5s|%05.2f|%x|%q|%v|%t\n", 42, "ab", 3.14159, 255, "hi", nil, true)
	fmt.Println([]any{1, "a", Celsius(1), S{2}, nil})
	fmt.Printf("%#v\n", []int{1})
}
