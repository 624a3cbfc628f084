package main

import (
	"fmt"
	"strings"
	"sync"
)

type Logger struct{ lines []string }

func (l *Logger) Log(s string) { l.lines = append(l.lines, s) }

type Service struct {
	*Logger
	sync.Mutex
	Name string
}

type Animal interface{ Sound() string }
type Dog struct{}
type Loud struct{ Animal }

func (Dog) Sound() string    { return "woof" }
func (l Loud) Sound() string { return strings.ToUpper(l.Animal.Sound()) + "!" }

type Named interface {
	Animal
	Name() string
}

type Rex struct{ Dog }

func (Rex) Name() string { return "Rex" }

type Buf struct{ strings.Builder }

type Matrix [2][2]float64

func (m Matrix) Mul(o Matrix) (r Matrix) {
	for i := range 2 {
		for j := range 2 {
			for k := range 2 {
				r[i][j] += m[i][k] * o[k][j]
			}
		}
	}
	return
}

type Func func(int) int

func (f Func) Twice(x int) int { return f(f(x)) }

type Set map[string]bool

func (s Set) Add(k string) Set { s[k] = true; return s }

func main() {
	s := &Service{Logger: &Logger{}, Name: "svc"}
	s.Lock()
	s.Log("a")
	s.Unlock()
	s.Logger.Log("b")
	fmt.Println(s.lines, s.Name)
	var a Animal = Loud{Dog{}}
	fmt.Println(a.Sound())
	var n Named = Rex{}
	fmt.Println(n.Sound(), n.Name())
	a = n
	if nn, ok := a.(Named); ok {
		fmt.Println("named", nn.Name())
	}
	_, ok := a.(interface{ Missing() })
	fmt.Println(ok)
	var b Buf
	b.WriteString("built")
	fmt.Println(b.String(), b.Len())
	m := Matrix{{1, 2}, {3, 4}}
	fmt.Println(m.Mul(m))
	fmt.Println(Func(func(x int) int { return x * 3 }).Twice(2))
	fmt.Println(len(Set{}.Add("x").Add("y")))
	sounds := map[string]Animal{"d": Dog{}, "l": Loud{Dog{}}}
	fmt.Println(sounds["d"].Sound(), sounds["l"].Sound(), sounds["zz"] == nil)
	animals := []Animal{Dog{}, Rex{}, Loud{Rex{}}}
	for _, an := range animals {
		switch v := an.(type) {
		case Dog, Rex:
			fmt.Printf("%T %v\n", v, v)
		case Loud:
			fmt.Println("loud", v.Animal.Sound())
		}
	}
	fmt.Println(animals[0] == Animal(Dog{}), animals[0] == animals[1])
	f := animals[2].Sound
	fmt.Println(f())
}
