package main

import "fmt"

type Temp float32
type Big float64
type Cplx complex128

const (
	Body  Temp = 36.6
	Fever      = Body + 1.5
	Tiny  Big  = 1e-300
	Huge  Big  = 1e300
	Whole Big  = 3
	Unit  Cplx = 1.5 - 2.5i
)

func show() { fmt.Println(Body, -Body, Fever, Tiny, Huge, Whole, Unit, Body*2) }

func main() {
	show()
	fmt.Println(Body, map[Temp]string{Body: "b"}, [2]Temp{Body, Fever}, any(Body) == any(Temp(36.6)))
	switch t := Temp(36.6); t {
	case Body:
		fmt.Println("healthy")
	}
}
