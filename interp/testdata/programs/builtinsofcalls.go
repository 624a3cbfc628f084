package main

import "fmt"

type N interface{ M() }

type W struct{}

func (W) M() {}

func is[T any](v any) bool { _, ok := v.(T); return ok }

type Box[T any] struct{ v T }

func (b Box[T]) is(v any) bool { _, ok := v.(T); return ok }

type blank struct {
	_ int
	A int
	_ string
}

func two() ([]int, []int)         { return make([]int, 2), []int{1, 2, 3} }
func three() ([]any, int, string) { return nil, 1, "x" }
func key() (map[any]int, string)  { return m, "a" }
func parts() (float64, float64)   { return 1, 2 }
func arr() *[3]int                { fmt.Print("arr "); return nil }
func count(n *int) *[2]int        { *n++; return &[2]int{} }

var m = map[any]int{"a": 1, "b": 2}

func main() {
	fmt.Println(is[any](3), is[N](3), is[N](W{}), is[fmt.Stringer](3), is[interface{ M() }](W{}), is[error](nil))
	fmt.Println(Box[any]{}.is(1), Box[N]{}.is(1), Box[N]{}.is(W{}))
	fmt.Println(copy(two()))
	fmt.Println(append(three()))
	delete(key())
	fmt.Println(m, complex(parts()))
	fmt.Println(len(arr()), cap(arr()))
	n := 0
	fmt.Println(len(count(&n)), n)
	var pa *[4]int
	for i := range *pa {
		fmt.Print(i, " ")
	}
	for i := range pa {
		fmt.Print(i, " ")
	}
	fmt.Println(len(pa), len(*pa))
	fmt.Println(blank{1, 2, "x"}, blank{3, 2, "y"} == blank{1, 2, "z"})
	fmt.Printf("%+v\n", &blank{1, 2, "x"})
	var t, f any = true, false
	switch {
	case f:
		fmt.Println("false")
	case t:
		fmt.Println("true")
	}
	switch i := any(1); {
	case i == 2:
		fmt.Println("2")
	case i == 1:
		fmt.Println("1")
	}
	_, _ = m["a"]
	_, _ = f.(bool)
	_, _ = three2()
	x := &[3]int{1, 2, 3}
	p := &x[1]
	*p = 9
	fmt.Println(*x)
}

func three2() (int, error) { return 1, nil }
