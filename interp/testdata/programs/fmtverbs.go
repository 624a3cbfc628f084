package main

import (
	"errors"
	"fmt"
	"time"
)

type Color int

const (
	Red Color = iota
	Green
)

func (c Color) String() string { return [...]string{"red", "green"}[c] }

type Temp float64
type Name string
type Flag bool
type Raw []byte
type Ints []int
type Table map[string]Color
type Inner struct {
	A int
	b Name
	C Color
}
type Outer struct {
	Inner
	P  *Inner
	Is Ints
	M  Table
	I  any
	E  error
	F  func()
	ch chan int
	c  Color
	d  time.Duration
	D  time.Duration
}
type E1 struct{ code int }

func (e E1) Error() string { return fmt.Sprintf("E1(%d)", e.code) }

type PE struct{ s string }

func (p *PE) Error() string  { return "PE:" + p.s }
func (p *PE) String() string { return "never" }

type GS struct{ x int }

func (GS) GoString() string { return "GS!" }

type FM struct{ x int }

func (f FM) Format(s fmt.State, verb rune) {
	w, ok := s.Width()
	fmt.Fprintf(s, "FM<%c %d %v %t>", verb, w, ok, s.Flag('+'))
}

type Ptr struct{ next *Ptr }

func (p *Ptr) String() string {
	if p == nil {
		return "nilptr"
	}
	return "ptr(" + p.next.String() + ")"
}

type Panics struct{}

func (Panics) String() string { panic("oh") }

type Tree struct {
	Left, Right *Tree
	V           int
}

func (t *Tree) String() string {
	if t == nil {
		return "()"
	}
	return fmt.Sprint("(", t.Left, t.V, t.Right, ")")
}

func main() {
	in := Inner{1, "b", Green}
	fmt.Println(in, &in, Red, Temp(1.5), Name("n"), Flag(true), Raw("ab"), Ints{1, 2}, Table{"k": Green})
	fmt.Printf("%v %+v %T|%v %+v\n", in, in, in, &in, &in)
	fmt.Printf("%#v %#v %#v %#v\n", in, Ints{1}, Table{"a": Red}, Raw("x"))
	fmt.Printf("%d %s %x %q %v %05d|%-8v|%8v|\n", Green, Green, Green, Green, Green, Green, Green, Green)
	fmt.Printf("%s %q %x %5s|%-5s|%v %d\n", Name("hi"), Name("hi"), Name("hi"), Name("hi"), Name("hi"), Name("hi"), Name("hi"))
	fmt.Printf("%s %x %X %q %v %d %#v\n", Raw("ab"), Raw("ab"), Raw("ab"), Raw("ab"), Raw("ab"), Raw("ab"), Raw(nil))
	fmt.Printf("%6.2f|%v|%e|%t|%v\n", Temp(2.5), Temp(2.5), Temp(2.5), Flag(true), Flag(false))
	fmt.Printf("%3d|%03d|%x|%v\n", Ints{1, 20}, Ints{1, 20}, Ints{10, 11}, []Ints{{1}, nil})
	o := Outer{Inner: in, Is: Ints{1}, M: Table{"x": Green, "a": Red}, I: in, E: E1{4}, c: Green, d: time.Second, D: time.Second}
	fmt.Printf("%v\n%+v\n", o, o)
	fmt.Printf("%T %T %T %T %T\n", o, &o, []Outer{}, map[Name]*Inner{}, func(Inner) error { return nil })
	fmt.Printf("%v %v %v\n", []any{in, Green, E1{1}, Name("z"), nil, 1.5}, []error{E1{2}, errors.New("x"), nil}, []fmt.Stringer{Green})
	fmt.Println([]any{&in != nil, Red, []Color{Red, Green}, map[Color]Name{Green: "g", Red: "r"}}, [2]Color{1, 0})
	fmt.Println(struct {
		C Color
		N Name
		x Color
	}{Green, "n", Green})
	fmt.Printf("%+v %#v\n", struct {
		A int
		b string
	}{1, "x"}, struct{ Z any }{1})
	fmt.Println(E1{3}, &E1{4}, &PE{"p"}, []*E1{}, fmt.Errorf("wrap: %w", E1{5}), errors.Join(E1{6}, &PE{"q"}))
	fmt.Printf("%v %s %q %d\n", E1{7}, E1{7}, E1{7}, E1{7})
	fmt.Printf("%v %#v %s %+v\n", GS{1}, GS{1}, GS{1}, []GS{{2}})
	fmt.Printf("%#v\n", []GS{{2}})
	fmt.Printf("%v %+d %5x|\n", FM{1}, FM{1}, []FM{{1}, {2}})
	fmt.Println(FM{2})
	var np *Ptr
	fmt.Println(np, &Ptr{}, []any{np})
	fmt.Println(Panics{}, []Panics{{}})
	var npe *PE
	fmt.Printf("%v\n", []error{})
	fmt.Println(&Tree{&Tree{nil, nil, 1}, nil, 2}, npe == nil)
	fmt.Printf("%v %d %s\n", map[Name]Ints{"b": {1}, "a": nil}, map[Name]int{"q": 1}, map[int]Name{2: "two", 1: "one"})
	fmt.Printf("%v %v %v\n", map[Inner]int{{2, "x", 0}: 1, {1, "y", 1}: 2}, map[[2]int]bool{{2, 1}: true, {1, 9}: false}, map[any]int{1: 1})
	fmt.Print("a", Name("b"), Green, Red, 1, 2, Name("c"), "\n")
	fmt.Print(in, in, 1, "\n")
	fmt.Println(fmt.Sprintf("%*d|%-*v|", 6, Green, 6, Green), fmt.Sprintf("%[2]v %[1]T", in, Green))
	fmt.Printf("%s %d\n", in, in)
	fmt.Printf("%t %s\n", Green, Temp(1))
	fmt.Printf("%v %v\n", &[]Color{Green}, &map[string]Color{"k": Green})
	fmt.Printf("%v %+v\n", &[2]Inner{}, []*int{nil})
	fmt.Printf("%#v %#v %#v\n", []any{1, "a", nil, in}, map[string]any{"k": Green}, [2]bool{true})
	fmt.Printf("%#v %#v %#v %#v\n", Green, Name("x"), Temp(1), Flag(true))
	fmt.Printf("%#v %#v\n", struct{ P *int }{}, []string(nil))
	fmt.Printf("%v %v\n", time.Duration(1500)*time.Millisecond, []time.Duration{time.Second})
	fmt.Printf("%v %+v %v\n", struct{ d time.Duration }{time.Second}, struct{ D time.Duration }{time.Second}, [1]time.Month{time.May})
	fmt.Printf("%x %X %#x\n", "hello", []byte{1, 171}, []byte{1, 171})
	fmt.Printf("%08b %o %#o %c %U %#U\n", 5, 64, 64, 'x', 'x', '世')
	fmt.Printf("%6d|%-6d|%+d|% d|%x\n", 42, 42, 42, 42, -42)
	fmt.Printf("%t %v %p\n", true, nil, nil)
	fmt.Printf("%s|%10s|%-10s|%.2s|%q\n", []string{"a"}, "r", "l", "trunc", `a"b`)
	fmt.Printf("%5t|%5v|%-7v|\n", true, Flag(true), Flag(false))
	fmt.Printf("%v %v\n", complex(1, -2), []complex64{1i})
	fmt.Printf("%d%%|%c|%v\n", 50, Color(65), 'a')
	fmt.Println(fmt.Sprint(), fmt.Sprint(nil), fmt.Sprint(Red), fmt.Sprintln(Green, in) == "x")
	var sc struct {
		n int
		s string
	}
	n, err := fmt.Sscanf("12 abc", "%d %s", &sc.n, &sc.s)
	fmt.Println(n, err, sc)
	var a, b int
	fmt.Sscan("7 8", &a, &b)
	fmt.Println(a, b)
}
